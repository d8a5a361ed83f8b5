from __future__ import annotations

import base64
import io
import json
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from memory_engine import MemoryEngine
from sample_images import sample
from sealyard.client.images.engine import Engine
from sealyard.client.images.engine_address import EngineAddress
from sealyard.client.images.engine_messages import EngineStep, steps
from sealyard.client.images.errors import (
    EngineAnswerError,
    EngineError,
    EngineImageMissingError,
    EngineRefusedError,
    EngineUnavailableError,
)
from sealyard.client.images.registry_auth import RegistryAuth
from sealyard.client.registry.docker_config import Credential
from sealyard.client.transfer.platform import Platform
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IMAGE = sample("one")
DIGEST = Digest.of(b"manifest")
AUTH = RegistryAuth("registry.test", Credential("alice", "secret"))


def line(**fields: object) -> str:
    return json.dumps(fields) + "\r\n"


def failing(error: Exception) -> Engine:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    address = EngineAddress.parse("unix:///run/docker.sock")
    return Engine(address, httpx.MockTransport(answer))


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> Engine:
    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/version":
            return httpx.Response(200, json={"Version": "28.2.2", "ApiVersion": "1.50"})
        return answer(request)

    address = EngineAddress.parse("unix:///run/docker.sock")
    return Engine(address, httpx.MockTransport(answers))


# --- which version of the API


@pytest.mark.parametrize(
    ("api", "oldest", "used"),
    [("1.41", "1.12", "1.41"), ("1.52", "1.44", "1.51"), ("1.24", "1.12", "1.24")],
)
def test_the_newest_version_that_both_know_is_spoken(api: str, oldest: str, used: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        if request.url.path == "/version":
            said = {"Version": "28", "ApiVersion": api, "MinAPIVersion": oldest}
            return httpx.Response(200, json=said)
        return httpx.Response(200, json=[])

    engine = Engine(EngineAddress.parse("unix:///d.sock"), httpx.MockTransport(answer))
    engine.images("registry.test/app")
    engine.images("registry.test/app")
    assert seen == ["/version", f"/v{used}/images/json", f"/v{used}/images/json"]


@pytest.mark.parametrize(("api", "oldest"), [("1.20", "1.12"), ("1.99", "1.90")])
def test_an_engine_too_old_or_too_new_is_told_of(api: str, oldest: str) -> None:
    engine = MemoryEngine(api=api, oldest=oldest).engine()
    assert engine.version().api_version == api
    with pytest.raises(EngineUnavailableError, match="update the Engine, or Sealyard"):
        engine.images("registry.test/app")


# --- nobody there


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (FileNotFoundError(2, "No such file"), "there is no such socket.*systemctl start docker"),
        (PermissionError(13, "Permission denied"), "group docker"),
        (ConnectionRefusedError(111, "Connection refused"), "nothing listens there"),
    ],
)
def test_why_nobody_answers_and_what_to_do(cause: OSError, says: str) -> None:
    error = httpx.ConnectError("no")
    error.__cause__ = cause
    with pytest.raises(EngineUnavailableError, match=says) as caught:
        failing(error).version()
    assert caught.value.host == "unix:///run/docker.sock"


def test_a_silent_engine_is_told_of() -> None:
    with pytest.raises(EngineUnavailableError, match="does not answer in time"):
        failing(httpx.ReadTimeout("slow")).version()
    with pytest.raises(EngineUnavailableError, match="broken pipe"):
        failing(httpx.WriteError("broken pipe")).version()


# --- where it is


@pytest.mark.parametrize(
    ("text", "origin", "private"),
    [
        ("tcp://localhost:2375", "http://localhost:2375", True),
        ("tcp://[::1]:2375", "http://[::1]:2375", True),
        ("tcp://docker", "http://docker:2375", False),
        ("https://docker", "https://docker:2376", True),
        ("http://10.0.0.1:99/", "http://10.0.0.1:99", False),
    ],
)
def test_hosts(text: str, origin: str, private: bool) -> None:  # noqa: FBT001 (a column of the table)
    address = EngineAddress.parse(text)
    assert (address.origin, address.is_private) == (origin, private)


def test_with_certificates_a_tcp_host_is_spoken_to_over_tls(tmp_path: Path) -> None:
    address = EngineAddress.parse("tcp://docker:2376", tmp_path)
    assert address.origin == "https://docker:2376"
    with pytest.raises(EngineUnavailableError, match=r"certificates in .* cannot be used"):
        address.transport()


def test_tls_is_verified() -> None:
    with httpx.Client(transport=EngineAddress.parse("https://docker").transport()) as client:
        pool = client._transport._pool  # type: ignore[attr-defined] # noqa: SLF001 (no other way to see it)
        assert pool._ssl_context.verify_mode == ssl.CERT_REQUIRED  # noqa: SLF001 (the same)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh://host",
        "npipe:////./pipe/docker",
        "unix://relative",
        "tcp://",
        "tcp://h:x",
        "tcp://h:99999",
        "tcp://h/path",
    ],
)
def test_other_hosts_are_refused_with_the_forms_that_there_are(text: str) -> None:
    with pytest.raises(EngineUnavailableError, match="DOCKER_HOST"):
        EngineAddress.parse(text)


def test_a_password_in_a_host_is_not_repeated() -> None:
    with pytest.raises(EngineUnavailableError) as caught:
        EngineAddress.parse("tcp://alice:secret@host:1")
    assert "secret" not in str(caught.value)


# --- images


def test_an_image_is_inspected_by_any_name() -> None:
    server = MemoryEngine()
    server.hold("localhost:5000/team/app:1", IMAGE, b"")
    with server.engine() as engine:
        assert engine.inspect("localhost:5000/team/app:1").id == str(Digest.of(IMAGE.config))
    assert server.asked()[1] == "GET /v1.41/images/localhost:5000/team/app:1/json"


def test_an_image_that_is_not_there_is_told_as_docker_tells_it() -> None:
    engine = MemoryEngine().engine()
    with pytest.raises(EngineImageMissingError) as caught:
        engine.inspect("app:2")
    assert str(caught.value) == "An image does not exist locally with the tag: app:2"
    with pytest.raises(EngineImageMissingError), engine.export("app:2"):
        pass
    with pytest.raises(EngineImageMissingError):
        engine.tag("app:2", "registry.test/app:1")


@pytest.mark.parametrize("name", ["", "../../containers/json", "a/../b", "a/.."])
def test_a_name_does_not_lead_to_other_requests(name: str) -> None:
    server = MemoryEngine()
    with pytest.raises(EngineRefusedError, match="invalid reference format"):
        server.engine().inspect(name)
    assert server.requests == []


def test_the_tags_of_a_repository() -> None:
    server = MemoryEngine()
    names = [
        "registry.test/app:2",
        "registry.test/app:1",
        "registry.test/apple:1",
        "app:3",
        "<none>:<none>",
    ]
    server.ids = {name: str(DIGEST) for name in names}
    assert server.engine().images("registry.test/app") == ["1", "2"]
    assert server.engine().images("docker.io/library/app") == ["3"]


def test_an_image_gets_another_name() -> None:
    server = MemoryEngine()
    server.hold("registry.test/app@sha256:1", IMAGE, b"")
    server.engine().tag("registry.test/app@sha256:1", "registry.test:5000/app:1")
    assert dict(server.requests[-1].url.params) == {"repo": "registry.test:5000/app", "tag": "1"}


def test_an_archive_is_loaded() -> None:
    server = MemoryEngine(steps=[line(stream="Loaded image: app:1\n")])
    assert server.engine().load(io.BytesIO(b"tar")) == ["Loaded image: app:1"]
    assert server.loaded == [b"tar"]


# --- pulling


def test_a_pull_is_by_digest_and_tells_its_progress() -> None:
    server = MemoryEngine()
    detail = {"current": 5, "total": 10}
    server.steps = [
        line(status="Pulling", id="ab"),
        line(status="Downloading", id="ab", progressDetail=detail),
    ]
    told: list[EngineStep] = []
    server.engine().pull(
        "registry.test/app",
        DIGEST,
        AUTH,
        platform=Platform.parse("linux/arm64"),
        on_progress=told.append,
    )
    assert told == [EngineStep("ab", "Pulling"), EngineStep("ab", "Downloading", 5, 10)]
    asked = server.requests[-1]
    assert dict(asked.url.params) == {
        "fromImage": "registry.test/app",
        "tag": str(DIGEST),
        "platform": "linux/arm64",
    }
    lent = json.loads(base64.urlsafe_b64decode(asked.headers["X-Registry-Auth"]))
    assert lent == {"serveraddress": "registry.test", "username": "alice", "password": "secret"}


def test_a_token_is_lent_without_a_password() -> None:
    auth = RegistryAuth("registry.test", Credential("alice", identity_token="token"))
    lent = json.loads(base64.urlsafe_b64decode(auth.header()["X-Registry-Auth"]))
    assert lent == {"serveraddress": "registry.test", "identitytoken": "token"}
    assert "token" not in repr(auth)


def test_an_error_in_the_middle_of_a_pull_is_an_error() -> None:
    server = MemoryEngine()
    detail = {"message": "manifest unknown"}
    server.steps = [line(status="Pulling"), line(errorDetail=detail, error="manifest unknown")]
    with pytest.raises(EngineRefusedError, match="manifest unknown"):
        server.engine().pull("registry.test/app", DIGEST, None, on_progress=lambda _: None)


def test_credentials_do_not_cross_the_network_in_the_clear() -> None:
    server = MemoryEngine()
    with pytest.raises(EngineUnavailableError, match="in the clear"):
        server.engine("tcp://docker:2375").pull(
            "registry.test/app", DIGEST, AUTH, on_progress=lambda _: None
        )
    assert not [one for one in server.requests if "X-Registry-Auth" in one.headers]


# --- answers that are none


@pytest.mark.parametrize(
    ("status", "content", "says"),
    [
        (500, b'{"message": "disk full"}', "disk full"),
        (500, b"<html>", "status 500"),
        (404, b'{"message": "page not found"}', "page not found"),
        (502, b"x" * 100_000, "more than 65536 bytes"),
        (200, b"{}", "is not what the API says"),
        (200, b"[{]", "is not what the API says"),
    ],
)
def test_what_it_says_instead_is_told(status: int, content: bytes, says: str) -> None:
    engine = answering(lambda _: httpx.Response(status, content=content))
    with pytest.raises(EngineError, match=says):
        engine.images("registry.test/app")


@pytest.mark.parametrize("said", [b"{}", b"no", b'{"Version": "1", "ApiVersion": "one.two"}'])
def test_something_else_than_an_engine_is_told_of(said: bytes) -> None:
    engine = Engine(
        EngineAddress.parse("unix:///d.sock"),
        httpx.MockTransport(lambda _: httpx.Response(200, content=said)),
    )
    with pytest.raises(EngineAnswerError):
        engine.images("registry.test/app")


def test_progress_comes_in_any_pieces() -> None:
    raw = (line(status="one") + line(status="two", id="x") + '{"status":"three"}').encode()
    for size in (1, 5, 1000):
        pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
        assert [step.status for step in steps(pieces)] == ["one", "two", "three"]


@pytest.mark.parametrize("raw", [b"no json\n", b"[]\n", b'{"status": 5}\n', b"\xff\n"])
def test_progress_that_is_none_is_refused(raw: bytes) -> None:
    with pytest.raises(EngineAnswerError):
        list(steps([raw]))


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(EngineAnswerError, match="a line of its progress"):
        list(steps(b"x" * 100_000 for _ in range(100)))
