"""Our transport promises what httpx's does, and that no server makes it wait for ever."""

from __future__ import annotations

import ssl
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from sealyard.client.errors import ConnectionFailedError
from sealyard.client.registry import patience, transport
from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.errors import CertificateRefusedError
from sealyard.client.registry.origins import Origins
from sealyard.client.registry.requests import Network
from sealyard.client.registry.tls import Certificates
from sealyard.client.registry.transport import StreamTransport
from sealyard.keystore.tls import local_certificate
from wire_server import Line, WireServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE = bytes(range(256)) * 8_000


@pytest.fixture(params=["ours", "httpx"])
def wire(request: pytest.FixtureRequest) -> Iterator[httpx.BaseTransport]:
    made = httpx.HTTPTransport() if request.param == "httpx" else ours()
    with made:
        yield made


@pytest.fixture
def own() -> Iterator[StreamTransport]:
    with ours() as made:
        yield made


def ours() -> StreamTransport:
    return StreamTransport(lambda _: ssl.create_default_context())


def request(server: WireServer, method: str = "GET", **options: object) -> httpx.Request:
    return httpx.Request(method, f"http://127.0.0.1:{server.port}/path?query=1", **options)  # type: ignore[arg-type] # httpx's options


def read(answer: httpx.Response) -> bytes:
    try:
        return b"".join(answer.iter_raw())
    finally:
        answer.close()


# --- what both promise


def test_a_request_goes_out_and_its_answer_comes_back(wire: httpx.BaseTransport) -> None:
    heard: list[tuple[str, dict[str, str], bytes]] = []

    def talk(line: Line) -> None:
        heard.append(line.request())
        line.answer(LARGE, "X-Twice: a", "X-Twice: b", status="201 Created")

    with WireServer(talk) as server:
        asked = request(server, "PUT", headers={"X-Test": "1"}, content=b"sent")
        answer = wire.handle_request(asked)
        assert answer.status_code == 201
        assert answer.headers.get_list("X-Twice") == ["a", "b"]
        assert read(answer) == LARGE
    ((first, head, body),) = heard
    assert first == "PUT /path?query=1 HTTP/1.1"
    assert (head["x-test"], head["host"], body) == ("1", f"127.0.0.1:{server.port}", b"sent")


def test_a_header_of_any_letters_is_read(wire: httpx.BaseTransport) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.answer(b"", "X-Note: gr\u00fc\u00df")

    with WireServer(talk) as server:
        answer = wire.handle_request(request(server))
        assert answer.headers["X-Note"].startswith("gr")
        assert read(answer) == b""


def test_a_connection_serves_again(wire: httpx.BaseTransport) -> None:
    def talk(line: Line) -> None:
        for _ in range(3):
            line.request()
            line.answer(b"body")

    with WireServer(talk) as server:
        assert [read(wire.handle_request(request(server))) for _ in range(3)] == [b"body"] * 3


def test_an_answer_to_head_has_no_body(wire: httpx.BaseTransport) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        line.request()
        line.answer(b"body")

    with WireServer(talk) as server:
        assert read(wire.handle_request(request(server, "HEAD"))) == b""
        assert read(wire.handle_request(request(server))) == b"body"


def test_a_chunked_answer_is_put_together(wire: httpx.BaseTransport) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.send(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")

    with WireServer(talk) as server:
        assert read(wire.handle_request(request(server))) == b"abcde"


def test_a_body_of_unknown_length_goes_out_in_chunks(wire: httpx.BaseTransport) -> None:
    heard: list[bytes] = []

    def talk(line: Line) -> None:
        line.request()
        heard.extend(iter(line.chunk, b""))
        line.answer(b"")

    def pieces() -> Iterator[bytes]:
        yield b"abc"
        yield b"de"

    with WireServer(talk) as server:
        read(wire.handle_request(request(server, "POST", content=pieces())))
    assert b"".join(heard) == b"abcde"


def test_a_body_that_is_cut_off_is_an_error(wire: httpx.BaseTransport) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc")

    with WireServer(talk) as server:
        answer = wire.handle_request(request(server))
        with pytest.raises(httpx.TransportError):
            read(answer)


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-OpenSSH\r\n"])
def test_what_is_no_answer_is_an_error(wire: httpx.BaseTransport, raw: bytes) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.send(raw)

    with WireServer(talk) as server, pytest.raises(httpx.TransportError):
        wire.handle_request(request(server))


def test_nobody_there_is_an_error(wire: httpx.BaseTransport) -> None:
    with WireServer() as server:
        pass
    with pytest.raises(httpx.ConnectError):
        wire.handle_request(request(server))


# --- what ours promises besides


def test_a_connection_that_the_server_closed_is_not_used_again(own: StreamTransport) -> None:
    closed = threading.Event()

    def once(line: Line) -> None:
        line.request()
        line.answer(b"body")
        line.close()
        closed.set()

    with WireServer(once, once) as server:
        assert read(own.handle_request(request(server))) == b"body"
        assert closed.wait(10)
        assert read(own.handle_request(request(server))) == b"body"


def test_an_answer_that_is_not_read_to_its_end_ends_the_connection(own: StreamTransport) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.answer(LARGE)

    def again(line: Line) -> None:
        line.request()
        line.answer(b"second")

    with WireServer(talk, again) as server:
        answer = own.handle_request(request(server))
        next(answer.iter_raw())
        answer.close()
        assert read(own.handle_request(request(server))) == b"second"


def test_a_refusal_in_the_middle_of_an_upload_is_heard(own: StreamTransport) -> None:
    def talk(line: Line) -> None:
        line.socket.recv(1000)
        line.answer(b"too large", "Connection: close", status="413 Too Large")

    def pieces() -> Iterator[bytes]:
        for _ in range(200):
            yield LARGE

    with WireServer(talk) as server:
        asked = request(server, "PUT", content=pieces())
        try:
            answer = own.handle_request(asked)
            assert (answer.status_code, read(answer)) == (413, b"too large")
        except httpx.ReadError:
            # The kernel may throw the answer away with the connection; never a hang, never a 2xx.
            return


def test_a_server_that_says_nothing_is_not_waited_for(own: StreamTransport) -> None:
    over = threading.Event()

    def talk(line: Line) -> None:
        line.request()
        over.wait(10)

    with WireServer(talk) as server:
        asked = request(server, extensions={"head_seconds": 0.1})
        with pytest.raises(httpx.ReadTimeout, match="no answer"):
            own.handle_request(asked)
        over.set()


def trickle(line: Line, over: threading.Event) -> None:
    while not over.wait(0.02):
        line.send(b"x")


def test_a_head_that_trickles_is_not_waited_for(own: StreamTransport) -> None:
    over = threading.Event()

    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
        trickle(line, over)

    with WireServer(talk) as server:
        begun = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            own.handle_request(request(server, extensions={"head_seconds": 0.2}))
        assert time.monotonic() - begun < 5
        over.set()


@pytest.mark.parametrize(
    "flood",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"y" * 9000) for n in range(9)),
    ],
    ids=["interim answers", "headers"],
)
def test_a_head_without_an_end_costs_neither_time_nor_memory(
    own: StreamTransport, flood: bytes
) -> None:
    over = threading.Event()

    def talk(line: Line) -> None:
        line.request()
        while not over.is_set():
            line.send(flood)

    with WireServer(talk) as server:
        begun = time.monotonic()
        with pytest.raises(httpx.ReadError, match="the head of its answer has more than 64 KiB"):
            own.handle_request(request(server))
        assert time.monotonic() - begun < 5
        over.set()


def test_interim_answers_come_before_the_answer_and_are_none(own: StreamTransport) -> None:
    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        line.answer(LARGE)
        line.request()
        line.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")

    with WireServer(talk) as server:
        assert read(own.handle_request(request(server))) == LARGE
        with pytest.raises(httpx.ReadError, match="103"):
            own.handle_request(request(server))


def test_the_head_has_to_be_there_when_it_was_said(own: StreamTransport) -> None:
    over = threading.Event()

    def talk(line: Line) -> None:
        line.request()
        trickle(line, over)

    with WireServer(talk) as server:
        asked = request(server, extensions={"head_by": time.monotonic() + 0.2})
        with pytest.raises(httpx.ReadTimeout, match="no answer in time"):
            own.handle_request(asked)
        over.set()


def test_a_body_that_trickles_is_not_waited_for(
    own: StreamTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "PIECE_SECONDS", 0.2)
    over = threading.Event()

    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        trickle(line, over)

    with WireServer(talk) as server:
        answer = own.handle_request(request(server))
        with pytest.raises(httpx.ReadTimeout, match="256 KiB do not arrive"):
            read(answer)
        over.set()


def test_a_deadline_holds_for_the_whole_exchange(own: StreamTransport) -> None:
    over = threading.Event()

    def talk(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        trickle(line, over)

    with WireServer(talk) as server:
        asked = request(server, extensions={"deadline": time.monotonic() + 0.3})
        answer = own.handle_request(asked)
        with pytest.raises(httpx.ReadTimeout):
            read(answer)
        over.set()


def test_patience_says_what_took_too_long() -> None:
    waiting = patience.Patience()
    waiting.until(time.monotonic() + 30)
    waiting.allow(60, "no answer")
    assert waiting.complaint() == "no answer in 30 s"
    assert 0 < waiting.left() <= 30
    waiting.until(None)
    waiting.allow(0, "no answer")
    with pytest.raises(TimeoutError):
        waiting.left()


def test_a_connection_that_ends_without_an_answer_is_said(own: StreamTransport) -> None:
    def talk(line: Line) -> None:
        line.request()

    with WireServer(*[talk] * 4) as server:
        host = f"127.0.0.1:{server.port}"
        origins = Origins(
            Certificates(folders=()),
            lambda _: None,
            plain_http=frozenset({host}),
            network=Network(own, sleep=lambda _: None),
        )
        with pytest.raises(ConnectionFailedError, match="the connection broke"):
            origins.registry(host).fetch("GET", "/x", scopes=(), limit=100)


# --- TLS


def ping(line: Line) -> None:
    line.request()
    line.answer(b"{}")
    line.request()
    line.answer(b"body")


def once(line: Line) -> None:
    line.request()
    line.answer(b"once")


def fetch(certificates: Certificates, host: str) -> bytes:
    network = Network(StreamTransport(certificates.context), sleep=lambda _: None)
    origins = Origins(certificates, lambda _: Credential("a", "b"), network=network)
    try:
        return origins.registry(host).fetch("GET", "/x", scopes=(), limit=100).body
    finally:
        origins.close()


def test_a_server_of_a_trusted_authority_is_believed_under_its_name_only(tmp_path: Path) -> None:
    files = local_certificate(tmp_path, ["localhost"], datetime.now(UTC))
    trusted = Certificates(folders=(), files=(tmp_path / "ca.pem",))
    with WireServer(ping, ping, ping, context=files.context()) as server:
        assert fetch(trusted, f"localhost:{server.port}") == b"body"
        with pytest.raises(CertificateRefusedError, match="for another name"):
            fetch(trusted, f"127.0.0.1:{server.port}")
        place = rf"into {tmp_path}/localhost:{server.port}/ca\.crt"
        with pytest.raises(CertificateRefusedError, match=place):
            fetch(Certificates(folders=(tmp_path,)), f"localhost:{server.port}")


def test_what_a_command_gives_is_not_believed_of_where_a_server_sends_us(tmp_path: Path) -> None:
    files = local_certificate(tmp_path, ["localhost", "127.0.0.1"], datetime.now(UTC))
    trusted = Certificates(folders=(tmp_path,), given=(tmp_path / "ca.pem",))
    with WireServer(ping, ping, once, context=files.context()) as store:

        def sent_on(line: Line, host: str) -> None:
            line.request()
            place = f"Location: https://{host}:{store.port}/x"
            line.answer(b"", place, status="307 Temporary Redirect")

        def first(line: Line) -> None:
            line.request()
            line.answer(b"{}")
            sent_on(line, "127.0.0.1")

        def second(line: Line) -> None:
            sent_on(line, "localhost")

        with WireServer(first, second, context=files.context()) as server:
            origins = Origins(trusted, lambda _: None)
            asked = origins.registry(f"localhost:{server.port}")
            with (
                pytest.raises(CertificateRefusedError, match=rf"{store.port}/ca\.crt$"),
                asked.send("GET", "/x", scopes=(), follow=True),
            ):
                pass
            # Named by the command as well, it is believed: nothing is kept of the refusal.
            named = origins.registry(f"127.0.0.1:{store.port}")
            assert named.fetch("GET", "/x", scopes=(), limit=100).body == b"body"
            # Another port of the host that was named is no other host.
            with asked.send("GET", "/x", scopes=(), follow=True) as answer:
                assert b"".join(answer.iter_raw()) == b"once"
            origins.close()


def test_a_port_without_tls_is_said() -> None:
    def talk(line: Line) -> None:
        line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with (
        WireServer(talk, talk, talk, talk) as server,
        pytest.raises(ConnectionFailedError, match="is that its https port"),
    ):
        fetch(Certificates(folders=()), f"localhost:{server.port}")
