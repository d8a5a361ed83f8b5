"""Where a registry wants one to sign in, and whom we tell who we are because of that."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest

from remote_registry import ALICE, HOST, RemoteRegistry
from sealyard.client.errors import ClientError
from sealyard.client.registry.docker_config import Credential

PULL = ("repository:team/app:pull",)
PUSH = ("repository:team/app:pull,push",)


def elsewhere(registry: RemoteRegistry, realm: str) -> None:
    """Have the registry name another place to sign in, which gives a token to anybody."""
    header = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
    refused = httpx.Response(401, headers=header)
    registry.faults.append(lambda request: refused if request.url.path == "/v2/" else None)
    registry.faults.append(
        lambda request: (
            httpx.Response(200, json={"token": "t"}) if request.url.host != HOST[:-5] else None
        )
    )


def told(realm: str, credential: Credential | None = ALICE) -> tuple[list[str], RemoteRegistry]:
    registry, notices = RemoteRegistry(), list[str]()
    elsewhere(registry, realm)

    def notice(text: str) -> None:
        assert {request.url.host for request in registry.requests} == {"registry.test"}
        notices.append(text)

    origin = registry.origins(credential, notice).registry(HOST)
    for scopes in (PULL, PUSH):
        with suppress(ClientError):
            origin.authorize(scopes)
    return notices, registry


def test_who_gets_our_password_is_said_once_and_before() -> None:
    notices, registry = told("https://tokens.elsewhere.example/token")
    (notice,) = notices
    assert notice == (
        "registry.test:5443 has one sign in at tokens.elsewhere.example: the credentials for "
        "registry.test:5443 are sent there"
    )
    assert registry.requests[1].url.host == "tokens.elsewhere.example"
    assert "Authorization" in registry.requests[1].headers


def test_it_is_said_of_an_identity_token_too() -> None:
    notices, _ = told("https://elsewhere.example/", Credential("", identity_token="kept"))
    assert len(notices) == 1


def test_nothing_is_said_of_who_tells_nobody_who_he_is() -> None:
    assert told("https://elsewhere.example/token", None)[0] == []
    assert told("https://registry.test/token")[0] == []


@pytest.mark.parametrize("realm", ["http://elsewhere.example/token", "http://registry.test:5443/"])
def test_a_password_never_goes_without_tls_because_a_registry_says_so(realm: str) -> None:
    notices, registry = told(realm)
    assert notices == []
    assert {request.url.scheme for request in registry.requests} == {"https"}
    assert all("Authorization" not in request.headers for request in registry.requests)
