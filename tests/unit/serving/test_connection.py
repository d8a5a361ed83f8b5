"""A connection as uvicorn's loop would drive it, without a socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from sealyard.serving import connection as bounds
from sealyard.serving.connection import MAX_HEAD_BYTES, MAX_URL_BYTES, BoundedConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    Scope = Any
    Receive = Any
    Send = Any

HEAD = b"POST /v2/ HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n"


class Wire(asyncio.Transport):
    """What a connection writes to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Client:
    """Sends bytes over a fresh connection to an application that reads bodies to their end."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.wire = Wire()
        self.answering = asyncio.Event()
        self.answering.set()
        config = uvicorn.Config(
            self._answer, http=BoundedConnection, log_config=None, interface="asgi3"
        )
        self.connection = BoundedConnection(config, ServerState(), {}, asyncio.get_running_loop())
        self.connection.connection_made(self.wire)

    def send(self, data: bytes) -> None:
        self.connection.data_received(data)

    async def answered(self) -> bytes:
        for _ in range(10):
            await asyncio.sleep(0)
        return self.wire.written.partition(b"\r\n")[0]

    async def _answer(self, _scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        await self.answering.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def in_loop() -> Callable[[Any], Any]:
    return asyncio.run


def test_a_request_in_any_pieces_is_answered(in_loop: Callable[[Any], Any]) -> None:
    async def story() -> None:
        client = Client()
        whole = HEAD + b"\r\n5\r\nhello\r\n0\r\n\r\n"
        for position in range(len(whole)):
            client.send(whole[position : position + 1])
            await asyncio.sleep(0)
        assert await client.answered() == b"HTTP/1.1 204 No Content"
        assert client.bodies == [b"hello"]
        assert not client.wire.is_closing()

    in_loop(story())


@pytest.mark.parametrize(
    ("begin", "unit"),
    [
        (HEAD + b"x: ", b"a" * 4096),
        (HEAD, b"x: y\r\n" * 500),
        (b"GET /", b"a" * 4096),
    ],
    ids=["an endless field", "endless fields", "an endless path"],
)
def test_a_head_without_an_end_is_refused(
    in_loop: Callable[[Any], Any], begin: bytes, unit: bytes
) -> None:
    async def story() -> None:
        client = Client()
        client.send(begin)
        for _ in range(MAX_HEAD_BYTES // len(unit) - 1):
            client.send(unit)
        assert not client.wire.is_closing()
        client.send(unit)
        client.send(unit)
        assert client.wire.is_closing()
        assert (await client.answered()).startswith(b"HTTP/1.1 431")
        client.send(unit)  # on its way already: nobody keeps it

    in_loop(story())


@pytest.mark.parametrize(
    ("begin", "unit"),
    [
        (b"\r\n5\r\nhello\r\n0\r\n", b"x: y\r\n" * 500),
        (b"\r\n5;", b"a" * 4096),
    ],
    ids=["endless trailers", "an endless chunk extension"],
)
def test_what_comes_around_a_body_is_bounded_too(
    in_loop: Callable[[Any], Any], begin: bytes, unit: bytes
) -> None:
    async def story() -> None:
        client = Client()
        client.send(HEAD + begin)
        for _ in range(MAX_HEAD_BYTES // len(unit) + 1):
            client.send(unit)
        assert client.wire.is_closing()
        assert client.wire.written == b""  # an answer is not for two to give

    in_loop(story())


def test_a_body_may_be_as_long_as_it_likes(in_loop: Callable[[Any], Any]) -> None:
    async def story() -> None:
        client = Client()
        client.send(HEAD + b"\r\n")
        for _ in range(MAX_HEAD_BYTES // 4):
            client.send(b"1\r\na\r\n")  # five bytes in six are none of the body
        client.send(b"0\r\n\r\n")
        assert await client.answered() == b"HTTP/1.1 204 No Content"
        assert client.bodies == [b"a" * (MAX_HEAD_BYTES // 4)]

    in_loop(story())


@pytest.mark.parametrize(
    "head",
    [HEAD + b"x: y\r\n" * 5000, b"GET /" + b"a" * MAX_URL_BYTES + b" HTTP/1.1\r\n"],
    ids=["too many fields", "too long a path"],
)
def test_too_large_a_head_is_refused_though_it_came_at_once(
    in_loop: Callable[[Any], Any], head: bytes
) -> None:
    async def story() -> None:
        client = Client()
        client.send(head + b"\r\n")
        assert client.wire.is_closing()
        assert (await client.answered()).startswith(b"HTTP/1.1 400")
        assert client.bodies == []

    in_loop(story())


def test_stray_bytes_behind_a_request_do_not_cut_its_answer_off(
    in_loop: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_HEAD_SECONDS", 0.0)

    async def story() -> None:
        client = Client()
        client.answering.clear()
        client.send(HEAD + b"\r\n0\r\n\r\n")
        client.send(b"\r\n")
        for _ in range(10):
            await asyncio.sleep(0)
        client.answering.set()
        assert await client.answered() == b"HTTP/1.1 204 No Content"
        assert not client.wire.is_closing()

    in_loop(story())


def test_a_head_has_to_come_in_time_and_a_body_may_take_long(
    in_loop: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_HEAD_SECONDS", 0.0)

    async def story() -> None:
        silent, slow, sending = Client(), Client(), Client()
        slow.send(HEAD)
        sending.send(HEAD + b"\r\n5\r\nhe")
        sending.send(b"")
        for _ in range(10):
            await asyncio.sleep(0)
        assert silent.wire.is_closing()
        assert slow.wire.is_closing()
        assert not sending.wire.is_closing()

    in_loop(story())
