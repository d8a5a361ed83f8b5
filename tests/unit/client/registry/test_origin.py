from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from remote_registry import ALICE, HOST, RemoteRegistry
from sealyard.client.errors import (
    ClientError,
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.errors import AnswerTooLongError, PlainHttpError, TooSlowError
from sealyard.client.registry.origins import Origins
from sealyard.client.registry.tls import Certificates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remote_registry import Fault

PULL = ("repository:team/app:pull",)
PUSH = ("repository:team/app:pull,push",)
TAGS = "/v2/team/app/tags/list"


def paths(registry: RemoteRegistry) -> list[str]:
    return [request.url.path for request in registry.requests]


def failing(status: int, path: str, headers: dict[str, str] | None = None) -> Fault:
    def fail(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, headers=headers) if request.url.path == path else None

    return fail


def breaking(path: str) -> Fault:
    def fail(request: httpx.Request) -> Exception | None:
        return httpx.ReadError("it broke") if request.url.path == path else None

    return fail


# --- signing in


def test_one_token_serves_for_all_requests_that_need_no_more() -> None:
    registry = RemoteRegistry()
    origin = registry.origins().registry(HOST)
    origin.authorize(PUSH)
    for _ in range(2):
        origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert paths(registry) == ["/v2/", "/token", TAGS, TAGS]
    assert registry.requests[1].headers["Authorization"].startswith("Basic ")
    assert registry.requests[1].url.params["scope"] == PUSH[0]


def test_nobody_gets_an_anonymous_token() -> None:
    registry = RemoteRegistry()
    registry.origins(None).registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert "Authorization" not in registry.requests[1].headers


def test_an_identity_token_is_exchanged() -> None:
    registry = RemoteRegistry()
    origin = registry.origins(Credential("", identity_token="kept")).registry(HOST)
    origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.requests[1].method == "POST"
    assert b"refresh_token=kept" in registry.requests[1].content


def test_a_registry_may_want_the_password_with_each_request() -> None:
    registry = RemoteRegistry(scheme="basic")
    registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert paths(registry) == ["/v2/", TAGS]
    assert registry.requests[1].headers["Authorization"].startswith("Basic ")


def test_a_registry_may_want_nothing() -> None:
    registry = RemoteRegistry(scheme="none")
    registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert all("Authorization" not in request.headers for request in registry.requests)


def test_a_token_that_has_ended_is_replaced() -> None:
    registry = RemoteRegistry()
    origin = registry.origins().registry(HOST)
    origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    registry.clock.now += 1000
    origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert paths(registry).count("/token") == 2
    assert paths(registry).count(TAGS) == 2


def test_a_token_that_is_not_taken_is_replaced_once() -> None:
    registry = RemoteRegistry()
    origin = registry.origins().registry(HOST)
    origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    registry.tokens.clear()
    origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    registry.token_life = -1
    registry.tokens.clear()
    with pytest.raises(ServerRefusedError, match=f"sign in to {HOST} with: docker login") as caught:
        origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert caught.value.status == 401


def test_a_wrong_password_is_said() -> None:
    registry = RemoteRegistry()
    origin = registry.origins(Credential("alice", "wrong secret")).registry(HOST)
    with pytest.raises(ServerRefusedError, match="no: UNAUTHORIZED") as caught:
        origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert "wrong secret" not in str(caught.value)


def test_a_resource_may_want_a_sign_in_though_the_registry_does_not() -> None:
    # A registry with anonymous pulls answers 200 to the first question.
    registry = RemoteRegistry()
    registry.faults.append(
        lambda request: httpx.Response(200) if request.url.path == "/v2/" else None
    )
    registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert paths(registry) == ["/v2/", TAGS, "/token", TAGS]


def test_a_password_is_not_sent_to_a_realm_without_https() -> None:
    registry = RemoteRegistry()
    header = {"WWW-Authenticate": 'Bearer realm="http://registry.test/token"'}
    registry.faults.append(
        lambda request: httpx.Response(401, headers=header) if request.url.path == "/v2/" else None
    )
    with pytest.raises(UnexpectedAnswerError, match="without https"):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert paths(registry) == ["/v2/"]


def test_a_token_service_that_is_not_there_is_the_one_that_is_named() -> None:
    registry = RemoteRegistry()
    header = {"WWW-Authenticate": 'Bearer realm="https://tokens.test/token"'}
    registry.faults.append(failing(401, "/v2/", header))
    registry.faults.extend([breaking("/token")] * 9)
    with pytest.raises(ConnectionFailedError, match=r"^tokens\.test does not answer"):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)


def test_threads_share_one_token() -> None:
    registry = RemoteRegistry()
    origin = registry.origins().registry(HOST)
    threads = [
        threading.Thread(
            target=origin.fetch, args=("GET", TAGS), kwargs={"scopes": PULL, "limit": 99}
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths(registry).count("/token") == 1
    assert paths(registry).count("/v2/") == 1


# --- trying again


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_what_cannot_be_done_now_is_tried_again(status: int) -> None:
    registry = RemoteRegistry()
    registry.faults.extend([failing(status, TAGS)] * 2)
    registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.clock.slept == pytest.approx([0.2, 0.6])


def test_a_few_times_and_no_more() -> None:
    registry = RemoteRegistry()
    registry.faults.extend([failing(503, TAGS)] * 9)
    with pytest.raises(ServerRefusedError):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert paths(registry).count(TAGS) == 4


def test_too_many_requests_are_repeated_when_the_server_says() -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(429, TAGS, {"Retry-After": "7"}))
    registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.clock.slept == [7.0]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3600"}, {"Retry-After": "tomorrow"}])
def test_and_not_if_it_does_not_say_or_says_much_later(headers: dict[str, str]) -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(429, TAGS, headers))
    with pytest.raises(ServerRefusedError):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.clock.slept == []


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_a_no_is_a_no(status: int) -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(status, TAGS))
    with pytest.raises(ServerRefusedError) as caught:
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert caught.value.status == status
    assert registry.clock.slept == []


def test_a_broken_connection_is_made_again() -> None:
    registry = RemoteRegistry()
    registry.faults.append(breaking(TAGS))
    registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.clock.slept == [0.2]


@pytest.mark.parametrize(("method", "retry"), [("POST", True), ("PATCH", True), ("GET", False)])
def test_what_must_not_be_repeated_is_not(method: str, retry: bool) -> None:  # noqa: FBT001 (the parameter)
    registry = RemoteRegistry()
    registry.faults.append(breaking(TAGS))
    with pytest.raises(ConnectionFailedError):
        registry.origins().registry(HOST).fetch(method, TAGS, scopes=PULL, limit=1000, retry=retry)


@pytest.mark.parametrize("path", ["/v2/", "/token", TAGS])
def test_all_attempts_together_have_the_time_of_one(path: str) -> None:
    """A server that breaks off just before each deadline would otherwise get four of them."""
    registry = RemoteRegistry()
    origin = registry.origins().registry(HOST)

    def slow(request: httpx.Request) -> Exception | None:
        if request.url.path != path:
            return None
        registry.clock.now += 12
        return httpx.ReadError("it broke")

    registry.faults.extend([slow] * 9)
    started = registry.clock.now
    with pytest.raises(ConnectionFailedError):
        origin.fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.clock.now - started < 40
    sent = [request.extensions["deadline"] for request in registry.requests]
    assert set(sent) == {started + 30}


def test_an_answer_has_a_minute_to_begin_wherever_it_is_sent_on_to() -> None:
    """A server that sends us on just before each deadline would otherwise get six of them."""
    registry = RemoteRegistry()

    def slow(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/blob":
            return None
        registry.clock.now += 12
        return httpx.Response(302, headers={"Location": "/blob"})

    registry.faults.extend([slow] * 3)
    started = registry.clock.now
    origin = registry.origins().registry(HOST)
    with pytest.raises(ServerRefusedError), origin.send("GET", "/blob", scopes=PULL, follow=True):
        pass
    sent = [one for one in registry.requests if one.url.path == "/blob"]
    assert {one.extensions["head_by"] for one in sent} == {started + 60}


# --- bounds and redirects


def test_an_answer_is_bounded() -> None:
    registry = RemoteRegistry()
    with pytest.raises(AnswerTooLongError):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=10)


def test_an_endless_error_is_bounded() -> None:
    registry = RemoteRegistry()
    registry.faults.append(
        lambda request: (
            httpx.Response(400, content=b"x" * 100_000) if request.url.path == TAGS else None
        )
    )
    with pytest.raises(AnswerTooLongError):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=10**9)


def test_a_status_that_is_foreseen_is_an_answer() -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(404, TAGS))
    origin = registry.origins().registry(HOST)
    assert origin.fetch("GET", TAGS, scopes=PULL, limit=10, accept_status=(200, 404)).status == 404


def test_nobody_is_sent_elsewhere_unless_that_is_foreseen() -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(307, TAGS, {"Location": "https://elsewhere.test/"}))
    with pytest.raises(UnexpectedAnswerError, match="status 307"):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)


def test_credentials_stay_with_the_registry_when_it_sends_us_elsewhere() -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(307, "/blob", {"Location": "https://store.test/blob?signed"}))
    registry.faults.append(
        lambda request: (
            httpx.Response(200, content=b"bytes") if request.url.host == "store.test" else None
        )
    )
    origin = registry.origins().registry(HOST)
    with origin.send("GET", "/blob", scopes=PULL, follow=True) as response:
        assert b"".join(response.iter_raw()) == b"bytes"
    assert registry.requests[-2].headers["Authorization"].startswith("Bearer ")
    assert registry.requests[-1].url.host == "store.test"
    assert "Authorization" not in registry.requests[-1].headers


@pytest.mark.parametrize(
    "place",
    [
        "http://store.test/blob",
        "file:///etc/passwd",
        "https://store.test:port/",
        "https://store.test:99999/blob",
        "https://store.test:0/blob",
    ],
)
def test_nobody_is_sent_to_a_place_without_https(place: str) -> None:
    registry = RemoteRegistry()
    registry.faults.append(failing(302, "/blob", {"Location": place}))
    origin = registry.origins().registry(HOST)
    with (
        pytest.raises(UnexpectedAnswerError),
        origin.send("GET", "/blob", scopes=PULL, follow=True),
    ):
        pass
    assert registry.clock.slept == []


@pytest.mark.parametrize("realm", ["https://[", "https://tokens.test:99999/token", "ftp:x"])
def test_a_realm_that_is_no_address_is_said(realm: str) -> None:
    registry = RemoteRegistry()
    header = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
    registry.faults.append(failing(401, "/v2/", header))
    with pytest.raises(ClientError, match=HOST) as caught:
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert str(caught.value).isprintable()


def test_redirects_in_a_circle_end() -> None:
    registry = RemoteRegistry()
    registry.faults.extend([failing(302, "/blob", {"Location": "/blob"})] * 9)
    origin = registry.origins().registry(HOST)
    with (
        pytest.raises(UnexpectedAnswerError, match="more than 5 times"),
        origin.send("GET", "/blob", scopes=PULL, follow=True),
    ):
        pass


# --- which origins there are


def made(**options: object) -> Origins:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    return Origins(Certificates(), lambda _: ALICE, transport=transport, **options)  # type: ignore[arg-type] # what the test says


def test_each_host_has_its_own_origin() -> None:
    origins = made()
    assert str(origins.registry("localhost:5443").url) == "https://localhost:5443"
    assert origins.registry("localhost:5443") is origins.registry("localhost:5443")
    assert str(origins.registry("docker.io").url) == "https://registry-1.docker.io"


def test_trust_data_is_with_the_registry_unless_somebody_says_where() -> None:
    assert str(made().trust("localhost:5443").url) == "https://localhost:5443"
    assert str(made().trust("docker.io").url) == "https://notary.docker.io"
    elsewhere = made(trust_server="https://notary.test:4443").trust("localhost:5443")
    assert str(elsewhere.url) == "https://notary.test:4443"


def test_plain_http_is_for_this_machine_and_never_for_trust_data() -> None:
    origins = made(plain_http=frozenset({"localhost:5000", "127.0.0.1:80", "[::1]:5000"}))
    assert str(origins.registry("localhost:5000").url) == "http://localhost:5000"
    assert str(origins.trust("localhost:5000").url) == "https://localhost:5000"
    with pytest.raises(PlainHttpError):
        made(plain_http=frozenset({"registry.test:5000"}))


def test_a_server_that_was_too_slow_once_is_not_asked_again() -> None:
    registry = RemoteRegistry()
    registry.faults.append(
        lambda request: httpx.ReadTimeout("no answer in 60 s") if request.url.path == TAGS else None
    )
    with pytest.raises(TooSlowError, match="no answer in 60 s"):
        registry.origins().registry(HOST).fetch("GET", TAGS, scopes=PULL, limit=1000)
    assert registry.clock.slept == []


class CutOff(httpx.SyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        message = "it broke"
        raise httpx.ReadError(message)


def test_a_small_answer_that_was_cut_off_is_fetched_again() -> None:
    registry = RemoteRegistry()
    registry.faults.append(
        lambda request: httpx.Response(200, stream=CutOff()) if request.url.path == TAGS else None
    )
    origin = registry.origins().registry(HOST)
    assert b"tags" in origin.fetch("GET", TAGS, scopes=PULL, limit=1000).body
    assert registry.clock.slept == [0.2]
