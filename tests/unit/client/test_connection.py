from __future__ import annotations

import httpx
import pytest

from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.management.connection import Connection, refusal, server_url


def answering(answer: httpx.Response | Exception) -> Connection:
    def handle(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Connection("https://localhost:5443", transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("localhost:5443", "https://localhost:5443"),
        ("https://Registry.Example.com/", "https://registry.example.com"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("https://[::1]:5443/path?query", "https://[::1]:5443"),
    ],
)
def test_a_server_is_named_by_its_origin(text: str, url: str) -> None:
    assert server_url(text) == url


@pytest.mark.parametrize(
    "text",
    ["", "https://", "ftp://localhost", "http://registry.example.com", "https://me:pw@localhost"],
)
def test_other_places_are_refused(text: str) -> None:
    with pytest.raises(ConnectionFailedError):
        server_url(text)


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b'{"error":{"code":"A","message":"no"}}', "A", "no"),
        (b'{"error":"invalid_grant","error_description":"no"}', "invalid_grant", "no"),
        (b'{"errors":[{"code":"DENIED","message":"no"}]}', "DENIED", "no"),
        (b"<html>", "", "the server answers 403"),
        (b"[]", "", "the server answers 403"),
        (b'{"error":{"code":7}}', "", "the server answers 403"),
        (b"[" * 100_000, "", "the server answers 403"),
    ],
)
def test_a_refusal_is_read_in_every_shape(content: bytes, code: str, message: str) -> None:
    error = refusal(403, content)
    assert (error.status, error.code, str(error)) == (403, code, message)


def test_what_is_no_json_is_no_answer() -> None:
    with pytest.raises(UnexpectedAnswerError):
        answering(httpx.Response(200, content=b"<html>")).json("GET", "/x")


def test_an_answer_may_be_empty() -> None:
    assert answering(httpx.Response(204)).json("GET", "/x") is None


def test_nobody_is_sent_elsewhere() -> None:
    with pytest.raises(UnexpectedAnswerError, match="elsewhere"):
        answering(httpx.Response(302, headers={"location": "https://evil.example"})).json(
            "GET", "/x"
        )
    with pytest.raises(UnexpectedAnswerError, match="another server"):
        answering(httpx.Response(200)).json("GET", "https://evil.example/next")
    with pytest.raises(UnexpectedAnswerError, match="another server"):
        answering(httpx.Response(200)).json("GET", "https://localhost:5443.evil.example/next")


def test_an_answer_without_an_end_is_cut_off() -> None:
    with pytest.raises(UnexpectedAnswerError, match="longer"):
        answering(httpx.Response(200, content=b" " * (17 * 1024 * 1024))).json("GET", "/x")


def test_an_answer_that_trickles_is_not_waited_for() -> None:
    seconds = iter(range(0, 100_000, 200))
    answer = httpx.Response(200, content=iter([b"[", b"1", b"]"]))
    transport = httpx.MockTransport(lambda _: answer)
    slow = Connection("https://localhost", transport=transport, monotonic=lambda: next(seconds))
    with pytest.raises(ConnectionFailedError, match="too long"):
        slow.json("GET", "/x")


def test_an_answer_that_is_not_packed_as_it_says_is_unexpected() -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        packed = {"Content-Encoding": "gzip"}
        return httpx.Response(200, headers=packed, stream=httpx.ByteStream(b"not packed"))

    connection = Connection("https://localhost", transport=httpx.MockTransport(handle))
    with pytest.raises(UnexpectedAnswerError, match="cannot be read"):
        connection.json("GET", "/x")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx.ConnectError("refused"), "is the server running"),
        (httpx.ReadTimeout("slow"), "too long"),
        (httpx.ConnectError("CERTIFICATE_VERIFY_FAILED"), "--ca-file"),
    ],
)
def test_no_answer_says_what_to_look_at(error: Exception, told: str) -> None:
    with pytest.raises(ConnectionFailedError, match=told):
        answering(error).json("GET", "/x")


def test_a_refusal_is_raised_with_its_status() -> None:
    answer = httpx.Response(404, json={"error": {"code": "N", "message": "none"}})
    with pytest.raises(ServerRefusedError) as caught:
        answering(answer).json("GET", "/x")
    assert caught.value.status == 404


def test_certificates_that_are_none_are_refused() -> None:
    with pytest.raises(ConnectionFailedError, match="PEM"):
        Connection("https://localhost:5443", ca_certificates="not a certificate")
