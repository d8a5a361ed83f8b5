"""Endless data and slow retrieval over real sockets: bounded in bytes and in time.

And the command itself before such a server: what it shows, how it ends, what it leaves behind.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hostile_trust_server import Consumer, HostileTrustServer
from sealyard.client.errors import ConnectionFailedError
from sealyard.client.registry.origin import Origin
from sealyard.client.registry.requests import Network
from sealyard.client.registry.transport import StreamTransport
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.service import TrustService
from sealyard.client.trust.updater import TrustReader
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.media_types import OCI_MANIFEST
from sealyard.trust.errors import ExpiredMetadataError, FileTooLargeError, TrustError
from sealyard.trust.pins import Pins
from trust_owner import GUN, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    Pieces = Callable[[], Iterator[bytes]]

_PATIENCE = 2.0  # seconds; of the 30 that a file may take
_SERVERS_PATIENCE = 30.0


class _Handler(socketserver.StreamRequestHandler):
    """Answers each request with a head, and then with whatever ``pieces`` yields."""

    pieces: Pieces
    head: bytes

    def handle(self) -> None:
        line = self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        if b" /v2/ " in line:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        try:
            self.wfile.write(self.head)
            for piece in self.pieces():
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            return  # the client had enough


@contextmanager
def serving(pieces: Pieces, head: bytes) -> Iterator[int]:
    handler = type("Handler", (_Handler,), {"pieces": staticmethod(pieces), "head": head})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def reader(port: int, folder: Path, now: datetime, notices: list[str]) -> TrustReader:
    behind = _SERVERS_PATIENCE - _PATIENCE
    network = Network(
        StreamTransport(lambda _host: ssl.create_default_context()),
        lambda _seconds: None,
        lambda: time.monotonic() - behind,
    )
    origin = Origin(f"http://127.0.0.1:{port}", network, lambda: None, Path("/none"))
    return TrustReader(
        TrustService(origin, GUN),
        TrustCache(folder, GUN),
        Pins(),
        lambda: now,
        notice=notices.append,
    )


def endless() -> Iterator[bytes]:
    while True:
        yield b" " * 65536


def trickle() -> Iterator[bytes]:
    while True:
        yield b" "
        time.sleep(0.05)


def silence() -> Iterator[bytes]:
    time.sleep(_PATIENCE * 5)
    yield b""


CHUNKED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("head", [CHUNKED, LONG], ids=["until-it-closes", "as-announced"])
def test_endless_data_costs_bounded_time_and_memory(head: bytes, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with serving(endless, head) as port, pytest.raises(FileTooLargeError, match="endless data"):
        reader(port, tmp_path, NOW, []).refresh()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024  # KiB; a file may have 16 MiB


@pytest.mark.parametrize("pieces", [trickle, silence])
def test_slow_retrieval_ends_and_is_told(pieces: Pieces, tmp_path: Path) -> None:
    started = time.monotonic()
    with serving(pieces, CHUNKED) as port, pytest.raises(ConnectionFailedError) as caught:
        reader(port, tmp_path, NOW, []).refresh()
    assert time.monotonic() - started < _PATIENCE * 4
    assert "does not answer" in str(caught.value)


def test_slow_retrieval_does_not_keep_old_trust_data_alive(tmp_path: Path) -> None:
    Consumer(HostileTrustServer(), tmp_path).refresh()
    notices: list[str] = []
    with serving(trickle, CHUNKED) as port:
        reader(port, tmp_path, NOW, notices).refresh()
        assert "using cached timestamp" in notices[0]
        with pytest.raises(ExpiredMetadataError, match="freeze"):
            reader(port, tmp_path, NOW.replace(year=2027), notices).refresh()


def test_a_stream_that_breaks_off_is_not_believed(tmp_path: Path) -> None:
    raw = HostileTrustServer().present("root")
    half = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(raw)
    with (
        serving(lambda: iter([raw[:100]]), half) as port,
        pytest.raises((ConnectionFailedError, TrustError)),
    ):
        reader(port, tmp_path, NOW, []).refresh()
    assert not list(tmp_path.rglob("*.json"))


# --- the command itself before a hostile registry

_CONFIG = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
_LAYER = Descriptor("application/vnd.oci.image.layer.v1.tar", Digest.of(b"never"), 50_000_000)
_MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": str(Digest.of(_CONFIG)),
            "size": len(_CONFIG),
        },
        "layers": [
            {"mediaType": _LAYER.media_type, "digest": str(_LAYER.digest), "size": _LAYER.size}
        ],
    }
).encode()


def whole(body: bytes, status: str = "200 OK", *head: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *head)
    return "\r\n".join((*lines, "", "")).encode() + body


class Registry(_Handler):
    """Answers by path; ``parts`` are tried in order, each a word of the path and its answer."""

    parts: Mapping[str, Pieces]

    def handle(self) -> None:
        path = self.rfile.readline().split()[1].decode()
        while self.rfile.readline().strip():
            pass
        pieces = next((said for word, said in self.parts.items() if word in path), None)
        with suppress(OSError):
            for piece in pieces() if pieces is not None else [whole(b"", "404 Not Found")]:
                self.wfile.write(piece)
                self.wfile.flush()


def once(raw: bytes) -> Pieces:
    return lambda: iter([raw])


@contextmanager
def registry(parts: Mapping[str, Pieces]) -> Iterator[str]:
    said = {**parts, str(Digest.of(_CONFIG)): once(whole(_CONFIG))}
    image = once(whole(_MANIFEST, "200 OK", f"Content-Type: {OCI_MANIFEST}"))
    said |= {"/manifests/": parts.get("/manifests/", image)}
    handler = type("Registry", (Registry,), {"parts": said})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}/app:1"
        finally:
            server.shutdown()
            thread.join()


def begun(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    (folder / "tmp").mkdir()
    own = {"HOME": str(folder), "DOCKER_CONFIG": str(folder), "TMPDIR": str(folder / "tmp")}
    command = [sys.executable, "-m", "sealyard", *arguments]
    return subprocess.Popen(
        command, env={**os.environ, **own}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ended(process: subprocess.Popen[bytes], seconds: float) -> tuple[int, str]:
    started = time.monotonic()
    _, said = process.communicate(timeout=120)
    assert time.monotonic() - started < seconds
    assert b"Traceback" not in said, said.decode(errors="backslashreplace")
    return process.returncode, said.decode()


def flood(raw: bytes) -> Pieces:
    return lambda: itertools.repeat(raw)


def trickled(head: bytes) -> Pieces:
    return lambda: itertools.chain([b"HTTP/1.1 200 OK\r\n" + head], trickle())


_HOSTILE = json.dumps(
    {"errors": [{"code": "DENIED", "message": "no\x1b]0;owned\x07\x1b[2J\r\u202eok\u009b31m\n"}]}
).encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (once(whole(_HOSTILE, "403 Forbidden")), r"no\x1b]0;owned\x07\x1b[2J\r\u202eok\x9b31m\n"),
        (flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "more than 64 KiB"),
        (flood(b"X: " + b"y" * 60_000 + b"\r\n"), "not HTTP"),
        (once(whole(b"{}", "200 OK", "Content-Type: gr\xfc\xdf")), "not a manifest"),
        (once(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "not HTTP"),
    ],
    ids=["escapes", "interim-answers", "headers", "letters", "hints"],
)
def test_a_hostile_answer_is_one_sentence_at_once(
    answer: Pieces, words: str, tmp_path: Path
) -> None:
    with registry({"/manifests/": answer}) as name:
        code, said = ended(begun(tmp_path, "inspect", "--plain-http", name), 15)
    assert code == 1
    assert words in said
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "head",
    [b"X: ", b"Content-Length: 100000\r\n\r\n"],
    ids=["head", "body"],
)
def test_a_manifest_that_trickles_has_thirty_seconds(head: bytes, tmp_path: Path) -> None:
    with registry({"/manifests/": trickled(head)}) as name:
        code, said = ended(begun(tmp_path, "inspect", "--plain-http", name), 40)
    assert code == 1
    assert "in 30 s; try again" in said


def test_a_layer_that_is_said_to_be_nowhere_ends_a_copy_at_once(tmp_path: Path) -> None:
    away = once(whole(b"", "307 Temporary Redirect", "Location: https://127.0.0.1:99999/x"))
    with registry({str(_LAYER.digest): away}) as name:
        place = f"oci:{tmp_path / 'out'}"
        code, said = ended(begun(tmp_path, "copy", "--src-plain-http", name, place), 10)
    assert code == 1
    assert "it sends us to no address: https://127.0.0.1:99999/x" in said


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """Have programs that are started heed Ctrl-C, also where these tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_copy_that_is_ended_ends_and_leaves_nothing_half_done(
    number: signal.Signals, tmp_path: Path
) -> None:
    asked = threading.Event()

    def layer() -> Iterator[bytes]:
        asked.set()
        yield from trickled(b"Content-Length: 50000000\r\n\r\n")()

    out = tmp_path / "out"
    with registry({str(_LAYER.digest): layer}) as name:
        running = begun(tmp_path, "copy", "--src-plain-http", name, f"oci:{out}")
        assert asked.wait(60)
        assert list(out.glob(".sealyard-*"))
        running.send_signal(number)
        code, _ = ended(running, 5)
    assert code == 128 + number
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [one.name for one in out.glob("*")] in ([], ["blobs"])
