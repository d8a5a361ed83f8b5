"""Pulling with content trust: by the digest that was signed, or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from real.content import DEBIAN, OTHER, SMALL
from real.registry import OWNER_PASSWORD, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from real.engine import Docker
    from real.registry import Cli

    NewDocker = Callable[[str], Docker]

PASSWORD = "a person's long password"
pytestmark = pytest.mark.usefixtures("signers")


@pytest.fixture(scope="module")
def registry(folder: Path) -> Iterator[Registry]:
    """Give a registry that is known by two names."""
    with Registry(folder) as registry:
        names = (registry.server, f"127.0.0.1:{registry.port}")
        yield registry.start(*(word for name in names for word in ("--login-server", name)))


@pytest.fixture(scope="module")
def signed_digest(publisher: Docker) -> str:
    found = re.search(
        r"digest: (sha256:[0-9a-f]{64})", publisher.sign(DEBIAN, "pull/app:1").ok().out
    )
    assert found is not None
    return found[1]


def test_a_signed_tag_is_pulled_by_the_digest_that_was_signed(
    publisher: Docker, signed_digest: str
) -> None:
    name = publisher.name("pull/app")
    publisher.forget("pull/app:1")
    pulled = publisher.trusted("pull", f"{name}:1").ok()
    assert f"Pull (1 of 1): {name}:1@{signed_digest}" in pulled.out
    assert f"Digest: {signed_digest}" in pulled.out
    assert f"Tagging {name}@{signed_digest} as {name}:1" in pulled.err
    listed = (
        publisher("image", "ls", "--digests", "--format", "{{.Tag}} {{.Digest}}", name).ok().out
    )
    assert f"1 {signed_digest}" in listed


def test_who_may_only_pull_pulls_what_is_signed(
    owner: Cli, new_docker: NewDocker, signed_digest: str
) -> None:
    owner.new_user("puller", PASSWORD)
    owner.grant("AcrPull", "puller@example.com").ok()
    docker = new_docker("puller")
    docker.login("puller", PASSWORD).ok()
    docker.forget("pull/app:1")
    assert signed_digest in docker.trusted("pull", docker.name("pull/app:1")).ok().out


def test_an_unsigned_tag_has_no_valid_trust_data_and_pulls_without_content_trust(
    publisher: Docker, signed_digest: str
) -> None:
    del signed_digest
    publisher.push(SMALL, "pull/app:unsigned").ok()
    publisher.forget("pull/app:unsigned")
    refused = publisher.trusted("pull", publisher.name("pull/app:unsigned"))
    refused.refused("No valid trust data for unsigned")
    publisher("pull", publisher.name("pull/app:unsigned")).ok()


def test_a_repository_that_never_signed_has_no_trust_data(
    publisher: Docker, registry: Registry
) -> None:
    publisher.push(SMALL, "pull/never:1").ok()
    gun = publisher.name("pull/never")
    says = f"{registry.server} does not have trust data for {gun}"
    publisher.trusted("pull", f"{gun}:1").refused(says)


def test_a_tag_that_was_moved_without_signing_still_pulls_what_was_signed(
    publisher: Docker, signed_digest: str
) -> None:
    moved = publisher.push(OTHER, "pull/app:1").ok().out
    assert signed_digest not in moved
    publisher.forget("pull/app:1")
    assert f"@{signed_digest}" in publisher.trusted("pull", publisher.name("pull/app:1")).ok().out


def test_each_name_of_the_registry_has_signatures_of_its_own(
    registry: Registry, new_docker: NewDocker, signed_digest: str
) -> None:
    docker = new_docker("by-address")
    docker.server = f"127.0.0.1:{registry.port}"
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.trusted("pull", docker.name("pull/app:1")).refused("does not have trust data")
    docker.sign(DEBIAN, "pull/app:1").ok()
    assert signed_digest in docker.trusted("pull", docker.name("pull/app:1")).ok().out
