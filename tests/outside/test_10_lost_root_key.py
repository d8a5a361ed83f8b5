"""A lost root key: off deletes all trust data, images stay, and signing starts anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.registry import NAME, OWNER_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.registry import Cli

    NewDocker = Callable[[str], Docker]

pytestmark = pytest.mark.usefixtures("signers")
IMAGES = ("lost/one:1", "lost/one:2", "lost/two:1")


@pytest.fixture(scope="module")
def signed(publisher: Docker) -> dict[str, str]:
    digests = {}
    for image in IMAGES:
        text = publisher.sign(SMALL, image).ok().out
        found = re.search(r"digest: (sha256:[0-9a-f]{64})", text)
        assert found is not None
        digests[image] = found[1]
    return digests


def test_switching_off_asks_first_and_says_what_will_be_lost(
    owner: Cli, signed: dict[str, str], publisher: Docker
) -> None:
    del signed
    update = ("acr", "config", "content-trust", "update", "-r", NAME, "--status", "disabled")
    refused = owner(*update, given="n\n")
    assert refused.code != 0
    assert "3 signatures" in refused.text
    assert "2 repositories" in refused.text
    publisher.trusted("pull", publisher.name(IMAGES[0])).ok()


def test_off_and_on_again_deletes_every_signature_and_no_image(
    owner: Cli, signed: dict[str, str], new_docker: NewDocker
) -> None:
    owner.trust("disabled").ok()
    owner.trust("enabled").ok()
    fresh = new_docker("fresh-consumer")
    fresh.login("admin", OWNER_PASSWORD).ok()
    for image, digest in signed.items():
        fresh.trusted("pull", fresh.name(image)).refused("does not have trust data")
        assert digest in fresh("pull", fresh.name(image)).ok().out


def test_a_fresh_publisher_signs_anew_and_a_fresh_consumer_pulls(
    signed: dict[str, str], new_docker: NewDocker
) -> None:
    del signed
    publisher, consumer = new_docker("new-publisher"), new_docker("new-consumer")
    for person in (publisher, consumer):
        person.login("admin", OWNER_PASSWORD).ok()
    publisher.sign(OTHER, "lost/one:1").ok()
    consumer.forget("lost/one:1")
    consumer.trusted("pull", consumer.name("lost/one:1")).ok()


def test_who_remembers_the_old_root_refuses_the_new_one(publisher: Docker) -> None:
    refused = publisher.trusted("pull", publisher.name("lost/one:1"))
    refused.refused("could not rotate trust to a new trusted root")


def test_the_activity_log_tells_the_story(owner: Cli) -> None:
    kinds = [line["kind"] for line in owner.json("activity", "list", "--max-events", "50")]
    assert {"policy.disable", "policy.enable", "trust.publish"} <= set(kinds), kinds
