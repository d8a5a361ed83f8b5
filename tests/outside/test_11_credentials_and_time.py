"""Credentials that are wrong or spent, and trust data that has grown old: docker says which."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from real.content import SMALL
from real.interposer import Interposer
from real.registry import OWNER_PASSWORD, Cli, Registry
from real.writers import client_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from real.engine import Docker

    NewDocker = Callable[[str], Docker]

pytestmark = pytest.mark.usefixtures("signers")
IMAGE = "short/app:1"
PASSWORD = "a person's long password"
LIFETIME = 60  # seconds: of timestamps and of tokens; the least that may be set


@pytest.fixture(scope="module")
def registry(folder: Path) -> Iterator[Registry]:
    """Give a registry whose timestamps and tokens live for a minute only."""
    lifetime = f"{LIFETIME}s"
    flags = ("--timestamp-lifetime", lifetime, "--token-lifetime", lifetime)
    with Registry(folder, *flags) as registry:
        yield registry.start()


@pytest.fixture(scope="module")
def signed(publisher: Docker) -> Docker:
    publisher.sign(SMALL, IMAGE).ok()
    return publisher


def test_a_wrong_password_is_told_in_words(new_docker: NewDocker, signed: Docker) -> None:
    del signed
    docker = new_docker("wrong-password")
    docker.login("admin", "not the password").refused("unauthorized")


def test_who_did_not_sign_in_reads_no_trust_data(new_docker: NewDocker, signed: Docker) -> None:
    del signed
    docker = new_docker("stranger")
    refused = docker.trusted("pull", docker.name(IMAGE))
    refused.refused("you are not authorized to perform this operation: server returned 401.")


def test_who_may_not_pull_reads_no_trust_data(
    new_docker: NewDocker, owner: Cli, signed: Docker
) -> None:
    del signed
    owner.new_user("outsider", PASSWORD)
    docker = new_docker("outsider")
    docker.login("outsider", PASSWORD).ok()
    refused = docker.trusted("pull", docker.name(IMAGE))
    refused.refused("you are not authorized to perform this operation: server returned 401.")


def test_credentials_that_were_good_when_docker_kept_them_are_refused_once_reset(
    new_docker: NewDocker, owner: Cli, signed: Docker
) -> None:
    del signed
    made = owner.json("ad", "sp", "create-for-rbac", "--name", "robot")
    owner.grant("AcrPull", made["appId"]).ok()
    docker = new_docker("robot")
    docker.login(made["appId"], made["password"]).ok()
    docker("pull", docker.name(IMAGE)).ok()
    owner("ad", "sp", "credential", "reset", "--id", made["appId"]).ok()
    refused = docker.trusted("pull", docker.name(IMAGE))
    refused.refused("error contacting notary server: unauthorized: ")


@dataclass(frozen=True)
class Held:
    """What was good a minute ago, kept by somebody between."""

    token: bytes
    timestamp: bytes


@pytest.fixture(scope="module")
def aged(registry: Registry, signed: Docker) -> Held:
    """Keep a token and a timestamp until both have expired."""
    gun = signed.name("short/app")
    with client_of(registry) as client:
        asked = {"service": registry.server, "scope": f"repository:{gun}:pull"}
        token = client.get("/oauth2/token", params=asked).raise_for_status()
        timestamp = client.get(f"/v2/{gun}/_trust/tuf/timestamp.json").raise_for_status()
        time.sleep(LIFETIME + 1)
    return Held(token.content, timestamp.content)


@pytest.fixture
def interposer(registry: Registry, aged: Held) -> Iterator[Interposer]:
    del aged
    interposer = Interposer(registry)
    yield interposer
    interposer.close()


def test_the_registry_renews_its_timestamp_unasked(
    registry: Registry, signed: Docker, aged: Held
) -> None:
    with client_of(registry) as client:
        url = f"/v2/{signed.name('short/app')}/_trust/tuf/timestamp.json"
        now = client.get(url).raise_for_status()
    before = json.loads(aged.timestamp)["signed"]["version"]
    assert now.json()["signed"]["version"] > before
    signed.trusted("pull", signed.name(IMAGE)).ok()


def test_a_stale_timestamp_that_somebody_held_back_is_refused(
    new_docker: NewDocker, interposer: Interposer, aged: Held
) -> None:
    docker = new_docker("gets-a-stale-timestamp")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.env["DOCKER_CONTENT_TRUST_SERVER"] = interposer.url
    interposer.alter = lambda path, body: aged.timestamp if "timestamp.json" in path else body
    refused = docker.trusted("pull", docker.name(IMAGE))
    refused.refused(
        f"remote repository {docker.name('short/app')} out-of-date: timestamp expired at"
    )


def test_an_expired_token_is_refused(
    new_docker: NewDocker, interposer: Interposer, aged: Held
) -> None:
    docker = new_docker("gets-an-expired-token")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.env["DOCKER_CONTENT_TRUST_SERVER"] = interposer.url
    interposer.alter = lambda path, body: aged.token if path == "/oauth2/token" else body
    refused = docker.trusted("pull", docker.name(IMAGE))
    refused.refused("you are not authorized to perform this operation: server returned 401.")
    interposer.alter = lambda _path, body: body
    docker.trusted("pull", docker.name(IMAGE)).ok()
