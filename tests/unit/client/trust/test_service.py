"""The trust server's API: what is sent, and how every answer is told."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sealyard.client.errors import (
    PublishRefusedError,
    ServerRefusedError,
    TrustDataMissingError,
    UnexpectedAnswerError,
)
from sealyard.client.registry.origin import Origin
from sealyard.client.registry.requests import Network
from sealyard.client.trust.service import TrustService
from sealyard.trust.errors import FileTooLargeError
from trust_owner import GUN, KeyPair

if TYPE_CHECKING:
    from sealyard.trust.keys import PublicKey

BASE = f"/v2/{GUN}/_trust/tuf/"


class Server:
    """Answers everything with one answer, and remembers the requests and the scopes asked for."""

    def __init__(
        self, status: int = 200, content: bytes = b"", url: str = "localhost:5443"
    ) -> None:
        self.status, self.content = status, content
        self.requests: list[httpx.Request] = []
        self.scopes: list[str] = []
        network = Network(httpx.MockTransport(self.answer), lambda _seconds: None)
        origin = Origin(f"https://{url}", network, lambda: None, Path("/certificates"))
        self.service = TrustService(origin, GUN)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.scopes += request.url.params.get_list("scope")
            return sent(200, b'{"token":"t"}')
        if request.headers.get("authorization") is None:
            challenge = 'Bearer realm="https://localhost:5443/token",service="s"'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge}, content=iter([]))
        self.requests.append(request)
        return sent(self.status, self.content)

    @property
    def request(self) -> httpx.Request:
        (request,) = self.requests
        return request


def sent(status: int, content: bytes) -> httpx.Response:
    return httpx.Response(status, content=iter([content]))


def test_a_file_is_asked_for_as_docker_does() -> None:
    server = Server(content=b"raw")
    name = f"targets/alice.{'a' * 64}.json"
    assert server.service.file(name, 3) == b"raw"
    assert (server.request.method, server.request.url.path) == ("GET", BASE + name)
    assert server.scopes == [f"repository:{GUN}:pull"]


def test_a_trust_server_below_a_path_keeps_it() -> None:
    server = Server(url="localhost:5443/pre/fix")
    server.service.file("root.json", 3)
    assert server.request.url.path == f"/pre/fix{BASE}root.json"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("root.json", "root"),
        ("3.root.json", "root"),
        (f"targets/a.{'a' * 64}.json", "targets/a"),
        (f"snapshot.{'a' * 64}.json", "snapshot"),
    ],
)
def test_a_file_that_is_too_long_is_named_by_its_role(name: str, role: str) -> None:
    with pytest.raises(FileTooLargeError) as caught:
        Server(content=b"1234").service.file(name, 3)
    assert (caught.value.role, caught.value.limit) == (role, 3)


def test_a_file_that_is_not_there_is_told_as_docker_does() -> None:
    with pytest.raises(TrustDataMissingError, match="Error: remote trust data does not exist for"):
        Server(404).service.file("root.json", 3)


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 403, 429, 500])
def test_any_other_answer_is_no_file(status: int) -> None:
    with pytest.raises((ServerRefusedError, UnexpectedAnswerError)):
        Server(status).service.file("root.json", 3)


def key_object(key: PublicKey) -> bytes:
    value = {"public": base64.b64encode(key.public).decode(), "private": None}
    return json.dumps({"keytype": key.keytype, "keyval": value}).encode()


def test_the_servers_keys_are_read_and_rotated() -> None:
    key = KeyPair.bare().public
    server = Server(content=key_object(key))
    assert server.service.key("snapshot") == key
    assert server.service.rotate_key("timestamp") == key
    asked = [(request.method, request.url.path) for request in server.requests]
    assert asked == [("GET", f"{BASE}snapshot.key"), ("POST", f"{BASE}timestamp.key")]
    assert server.scopes == [f"repository:{GUN}:pull,push", f"repository:{GUN}:*"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keytype":"ecdsa","keyval":{}}'])
def test_what_is_no_key_is_told(content: bytes) -> None:
    with pytest.raises(UnexpectedAnswerError, match="something else than a public key"):
        Server(content=content).service.key("snapshot")


def test_files_are_published_in_dockers_form() -> None:
    server = Server()
    server.service.publish({"root": b"one", "targets/releases": b"two\r\n"})
    kind, _, boundary = server.request.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = server.request.content.split(f"--{boundary}".encode())
    head = b'\r\nContent-Disposition: form-data; name="files"; filename="targets/releases"\r\n'
    assert parts[2] == head + b"Content-Type: application/octet-stream\r\n\r\ntwo\r\n\r\n"
    assert (parts[0], parts[3]) == (b"", b"--\r\n")
    assert server.request.headers["content-length"] == str(len(server.request.content))
    assert server.scopes == [f"repository:{GUN}:pull,push"]


def refusal(
    code: str, detail: object, message: str = "Update sent by the client is invalid."
) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message, "detail": detail}]}).encode()


def said(body: bytes) -> str:
    with pytest.raises(PublishRefusedError) as caught:
        Server(400, body).service.publish({"targets": b"x"})
    return str(caught.value)


def test_the_servers_reason_is_told_as_notary_does() -> None:
    detail = {"Name": "ErrBadTargets", "Error": {"Msg": "targets expired"}}
    assert said(refusal("INVALID_UPDATE", detail)) == (
        "The targets metadata is invalid: targets expired"
    )
    detail = {"Name": "ErrValidation", "Error": {"Msg": "you may not sign"}}
    assert said(refusal("INVALID_UPDATE", detail)).endswith("during validation: you may not sign")


@pytest.mark.parametrize("detail", [None, {}, [], "x", {"Name": "ErrNew", "Error": {"Msg": "m"}}])
def test_another_reason_is_told_in_the_servers_words(detail: object) -> None:
    told = said(refusal("MALFORMED_UPLOAD", detail, "The body is malformed."))
    assert told == "trust server rejected operation: The body is malformed."


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"errors":[]}'])
def test_a_refusal_without_a_reason_is_told(body: bytes) -> None:
    assert said(body) == "trust server rejected operation."


def test_who_lost_a_race_is_told_to_try_again() -> None:
    assert "somebody else has published in the meantime; run the command again" in said(
        refusal("VERSION", None)
    )


def test_a_publish_is_never_sent_twice() -> None:
    server = Server(503)
    with pytest.raises(ServerRefusedError):
        server.service.publish({"targets": b"x"})
    assert len(server.requests) == 1


def test_trust_data_is_deleted() -> None:
    server = Server()
    server.service.delete()
    assert (server.request.method, server.request.url.path) == ("DELETE", BASE)
    assert server.scopes == [f"repository:{GUN}:*"]
