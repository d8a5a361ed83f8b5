from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from sealyard.client.errors import NotSignedInError
from sealyard.client.management.profile import Profile, ProfileStore
from sealyard.client.registry.credentials import Credentials, FromDocker, FromSignIn
from sealyard.client.registry.docker_config import Credential, DockerConfig

if TYPE_CHECKING:
    from pathlib import Path

HOST = "registry.test:5443"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = Credential("alice", "secret")


def test_a_helper_comes_before_the_file() -> None:
    config = DockerConfig({HOST: ALICE, "other.test": ALICE}, {HOST: "test"})
    asked: list[tuple[str, str]] = []

    def ask(name: str, server: str) -> Credential | None:
        asked.append((name, server))
        return Credential("bob", "kept")

    source = FromDocker(config, ask)
    assert source(HOST) == Credential("bob", "kept")
    assert source("other.test") == ALICE
    assert source("third.test") is None
    assert asked == [("test", HOST)]


def test_a_helper_that_knows_nothing_leaves_it_to_the_file() -> None:
    assert FromDocker(DockerConfig({HOST: ALICE}, store="all"), lambda *_: None)(HOST) == ALICE


def test_the_first_that_knows_is_believed_and_asked_once() -> None:
    asked: list[str] = []

    def unknown(host: str) -> Credential | None:
        asked.append(host)
        return None

    credentials = Credentials(unknown, lambda _: ALICE, lambda _: None)
    assert credentials(HOST) == ALICE
    assert credentials(HOST) == ALICE
    assert asked == [HOST]
    assert Credentials(unknown)("other.test") is None


def signed_in(folder: Path, **fields: str | int) -> ProfileStore:
    store = ProfileStore(folder)
    made = {
        "server": f"https://{HOST}",
        "user_name": "admin",
        "user_type": "user",
        "tenant_id": "t",
        "subscription_id": "s",
        "registry_name": "myregistry",
        "audience": "https://management",
        "access_token": "a",
        "expires_at": int(NOW.timestamp()) + 3600,
        "refresh_token": "r",
        **fields,
    }
    store.save(Profile(**made))  # type: ignore[arg-type] # what the test says
    return store


def test_a_sign_in_is_exchanged_for_a_token_of_that_registry(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.path} {request.content.decode()}")
        if request.url.path == "/oauth2/exchange":
            return httpx.Response(200, json={"refresh_token": "kept"})
        return httpx.Response(200, json={"access_token": "management", "expires_in": 60})

    source = FromSignIn(signed_in(tmp_path), lambda: NOW, httpx.MockTransport(answer))
    assert source("other.test") is None
    assert source(HOST) == Credential("", identity_token="kept")
    assert "grant_type=access_token" in asked[-1]
    assert "access_token=management" in asked[-1]


def test_nobody_signed_in_is_nobody(tmp_path: Path) -> None:
    assert FromSignIn(ProfileStore(tmp_path), lambda: NOW)(HOST) is None


def test_a_sign_in_that_has_ended_is_said(tmp_path: Path) -> None:
    refused = httpx.Response(400, content=json.dumps({"error": "invalid_grant"}))
    transport = httpx.MockTransport(lambda _: refused)
    with pytest.raises(NotSignedInError, match="has ended"):
        FromSignIn(signed_in(tmp_path), lambda: NOW, transport)(HOST)
