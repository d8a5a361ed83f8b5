"""Endless data and slow retrieval over real sockets: bounded in bytes and in time."""

from __future__ import annotations

import resource
import socketserver
import ssl
import threading
import time
from contextlib import contextmanager
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
from sealyard.trust.errors import ExpiredMetadataError, FileTooLargeError, TrustError
from sealyard.trust.pins import Pins
from trust_owner import GUN, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
