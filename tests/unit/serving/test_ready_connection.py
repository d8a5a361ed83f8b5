"""Ready answers leave from within the parser; everything unusual takes uvicorn's way."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from sealyard.api.http import Asked, Reply, reply
from sealyard.serving.ready_connection import ReadyConnection

READY = b"GET /v2/app/manifests/1?n=5 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer me\r\n"


class Wire(asyncio.Transport):
    """What a connection writes to."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Server:
    """An application with one ready answer, which says 202 when it is called."""

    def __init__(self, answer: Reply | None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.called = 0
        self.wire = Wire()
        config = uvicorn.Config(
            self,
            http=ReadyConnection,
            log_config=None,
            interface="asgi3",
            proxy_headers=False,  # as the worker: what is in between would hide ``ready``
        )
        state = ServerState()
        state.default_headers = [(b"date", b"today")]
        self.connection = ReadyConnection(config, state, {}, asyncio.get_running_loop())
        self.connection.connection_made(self.wire)

    def ready(self, asked: Asked) -> Reply | None:
        self.asked.append(asked)
        return self.answer

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401 (ASGI)
        self.called += 1
        start = {"type": "http.response.start", "status": 202}
        await send({**start, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def told(answer: Reply | None, *requests: bytes, paused: bool = False) -> Server:
    """Send the requests in one piece and wait for what comes of them."""

    async def story() -> Server:
        server = Server(answer)
        if paused:
            server.connection.pause_writing()
        server.connection.data_received(b"".join(requests))
        if paused:
            server.connection.resume_writing()
        for _ in range(20):
            await asyncio.sleep(0)
        server.connection.connection_lost(None)
        return server

    return asyncio.run(story())


def test_a_ready_answer_is_one_write_and_no_call() -> None:
    server = told(reply(200, b"body", [(b"x", b"y")]), READY + b"\r\n")
    assert server.wire.writes == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\nx: y\r\ncontent-length: 4\r\n\r\nbody"
    ]
    assert server.called == 0
    [asked] = server.asked
    assert asked[:4] == ("GET", "/v2/app/manifests/1", b"n=5", b"Bearer me")
    assert not asked.takes_gzip


def test_what_a_client_unpacks_is_known() -> None:
    for fields, takes in ((b"gzip", True), (b"deflate, gzip;q=1.0", True), (b"gzip;q=0", False)):
        server = told(None, READY + b"Accept-Encoding: " + fields + b"\r\n\r\n")
        assert server.asked[0].takes_gzip is takes


def test_head_is_answered_without_the_body() -> None:
    server = told(reply(200, b"body"), b"HEAD /v2/x HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert b"".join(server.wire.writes).endswith(b"content-length: 4\r\n\r\n")


def test_a_large_answer_arrives_whole() -> None:
    body = bytes(range(256)) * 1000
    server = told(reply(200, body), READY + b"\r\n")
    assert b"".join(server.wire.writes).endswith(b"\r\n\r\n" + body)
    assert len(server.wire.writes) > 1


def test_requests_in_one_piece_are_answered_in_order() -> None:
    ready, slow = READY + b"\r\n", READY + b"range: bytes=0-1\r\n\r\n"
    server = told(reply(200, b"body"), ready, ready, slow, ready)
    statuses = re.findall(rb"HTTP/1.1 (\d+)", b"".join(server.wire.writes))
    assert statuses == [b"200", b"200", b"202", b"202"]  # behind the slow one nothing is ready


@pytest.mark.parametrize(
    "fields",
    [
        b"range: bytes=0-1\r\n",
        b'if-none-match: "x"\r\n',
        b"content-length: 0\r\n",
        b"expect: 100-continue\r\n",
        b"connection: close\r\n",
    ],
)
def test_what_is_unusual_goes_to_the_application(fields: bytes) -> None:
    server = told(reply(200, b"body"), READY + fields + b"\r\n")
    assert server.called == 1
    assert server.asked == []


@pytest.mark.parametrize(
    "line", [b"PUT /v2/x", b"GET /v2/%78", b"GET /v2/x#y", b"DELETE /v2/x"], ids=repr
)
def test_other_methods_and_paths_go_to_the_application(line: bytes) -> None:
    server = told(reply(200, b"body"), line + b" HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert (server.called, server.asked) == (1, [])


def test_nothing_ready_is_a_request_like_any_other() -> None:
    assert told(None, READY + b"\r\n").called == 1


def test_a_value_that_would_break_its_line_is_not_sent() -> None:
    assert told(reply(200, b"", [(b"x", b"a\r\nset-cookie: b")]), READY + b"\r\n").called == 1


def test_a_client_that_takes_nothing_gets_no_more() -> None:
    assert told(reply(200, b"body"), READY + b"\r\n", paused=True).called == 1
