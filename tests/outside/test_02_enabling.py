"""Switching content trust on: who may, and what everybody else notices of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.registry import NAME, OWNER_PASSWORD, Cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.registry import Registry

    NewDocker = Callable[[str], Docker]

SHOW = ("acr", "config", "content-trust", "show", "-r", NAME)
PASSWORD = "a person's long password"


def test_it_is_off_at_first_and_who_may_not_change_the_policy_is_refused(
    registry: Registry, owner: Cli, folder: Path
) -> None:
    assert owner.json(*SHOW)["status"] == "disabled"
    owner.new_user("pusher", PASSWORD)
    owner.grant("AcrPush", "pusher@example.com").ok()
    pusher = Cli(registry, folder / "pusher")
    pusher.login("pusher", PASSWORD).ok()
    assert pusher.trust("enabled").code == 1
    assert owner.json(*SHOW)["status"] == "disabled"


@pytest.fixture(scope="module")
def enabled(owner: Cli) -> Cli:
    owner.trust("enabled").ok()
    assert owner.json(*SHOW)["status"] == "enabled"
    return owner


def test_who_does_not_ask_for_content_trust_notices_nothing(
    enabled: Cli, publisher: Docker
) -> None:
    del enabled
    publisher.push(SMALL, "story/plain:1").ok()
    publisher.forget("story/plain:1")
    publisher("pull", publisher.name("story/plain:1")).ok()


def test_who_asks_for_content_trust_sees_signed_tags_only(
    enabled: Cli, publisher: Docker, new_docker: NewDocker
) -> None:
    enabled.grant("AcrImageSigner", "admin@myregistry.local").ok()
    publisher.sign(OTHER, "story/mixed:signed").ok()
    publisher.push(SMALL, "story/mixed:unsigned").ok()
    consumer = new_docker("consumer")
    consumer.login("admin", OWNER_PASSWORD).ok()
    seen = consumer.trusted("pull", "--all-tags", consumer.name("story/mixed")).ok().out
    assert "Pull (1 of 1): " in seen
    assert "story/mixed:signed@sha256:" in seen
