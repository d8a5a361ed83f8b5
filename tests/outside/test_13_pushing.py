"""Signed pushes and verified pulls, Sealyard and docker in turn, to and from Engine and folder."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.registry import OWNER_PASSWORD
from real.signing import digests, listed, pulls, sealyard, signed_by, trusting, we_pull

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.notary import Notary
    from real.registry import Cli

INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
pytestmark = pytest.mark.usefixtures("signers")


@pytest.fixture
def consumer(new_docker: Callable[[str], Docker], request: pytest.FixtureRequest) -> Docker:
    """Give somebody who has seen nothing yet."""
    docker = new_docker(re.sub(r"\W", "-", request.node.name))
    docker.login("admin", OWNER_PASSWORD).ok()
    return docker


def test_in_one_folder_docker_and_sealyard_push_and_pull_in_turn(
    publisher: Docker, consumer: Docker, notary: Notary
) -> None:
    name = publisher.name("turn/app")
    for number, source in enumerate((SMALL, OTHER, OTHER, SMALL), 1):
        image = f"turn/app:{number}"
        if number % 2:
            publisher("tag", source, publisher.name(image)).ok()
            pushed = trusting(publisher, "push", publisher.name(image)).ok()
            assert f"Successfully signed {name}:{number}" in pushed.out
        else:
            publisher.sign(source, image).ok()
        for person in (publisher, consumer):
            pulls(person, image).ok()
            assert f"Pull (1 of 1): {name}:{number}@sha256:" in we_pull(person, image).ok().out
            person("image", "inspect", name + f":{number}").ok()
    assert listed(notary, name) == ["1", "2", "3", "4"]


def test_from_a_folder_and_into_one_the_digest_stays(
    publisher: Docker, consumer: Docker, notary: Notary, tmp_path: Path
) -> None:
    """What docker signed comes out as a layout; pushed from there, docker and notary take it."""
    publisher.sign(SMALL, "folder/app:1").ok()
    name, layout = publisher.name("folder/app"), tmp_path / "layout"
    trusting(consumer, "pull", f"{name}:1", "--to", f"oci:{layout}:1").ok()
    (top,) = json.loads((layout / "index.json").read_text())["manifests"]
    algorithm, _, value = top["digest"].partition(":")
    trusting(publisher, "push", f"{name}:2", "--from", f"oci:{layout}:1").ok()
    pulls(consumer, "folder/app:2").ok()
    assert digests(consumer, "folder/app") == {"1": value, "2": value}
    manifest = layout / "blobs" / algorithm / value
    notary("verify", name, "2", "-i", manifest, "-q").ok()


def test_an_index_of_several_platforms_is_pushed_signed(
    publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    """Docker takes its platform out of it; its own push knows no indexes."""
    name, layout = publisher.name("platforms/app"), tmp_path / "layout"
    publisher.sign(SMALL, "platforms/app:amd64").ok()
    trusting(consumer, "pull", f"{name}:amd64", "--to", f"oci:{layout}").ok()
    (top,) = json.loads((layout / "index.json").read_text())["manifests"]
    one = {key: top[key] for key in ("mediaType", "digest", "size")}
    platforms = [{"architecture": each, "os": "linux"} for each in ("amd64", "arm64")]
    index = {"schemaVersion": 2, "mediaType": INDEX}
    raw = json.dumps(index | {"manifests": [one | {"platform": each} for each in platforms]})
    digest = hashlib.sha256(raw.encode()).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_text(raw)
    named = {"mediaType": INDEX, "digest": f"sha256:{digest}", "size": len(raw)}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    trusting(publisher, "push", f"{name}:all", "--from", f"oci:{layout}").ok()
    assert digests(consumer, "platforms/app")["all"] == digest
    pulls(consumer, "platforms/app:all").ok()
    we_pull(consumer, "platforms/app:all").ok()


def test_an_unsigned_tag_reaches_neither_the_engine_nor_a_folder(
    publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    publisher.sign(SMALL, "unsigned/app:1").ok()
    publisher.push(OTHER, "unsigned/app:2").ok()
    name = consumer.name("unsigned/app:2")
    we_pull(consumer, "unsigned/app:2").refused("No valid trust data for 2")
    consumer("image", "inspect", name).refused("No such image")
    layout = tmp_path / "layout"
    trusting(consumer, "pull", name, "--to", f"oci:{layout}").refused("No valid trust data for 2")
    assert not layout.exists()
    publisher.push(OTHER, "unsigned/never:1").ok()
    we_pull(consumer, "unsigned/never:1").refused("does not have trust data")


def test_all_tags_are_signed_and_only_signed_ones_are_pulled(
    publisher: Docker, consumer: Docker
) -> None:
    """Docker's own push of all tags signs none of them."""
    name = publisher.name("all/app")
    for tag, source in (("a", SMALL), ("b", OTHER)):
        publisher("tag", source, f"{name}:{tag}").ok()
    trusting(publisher, "push", "--all-tags", name).ok()
    publisher.push(SMALL, "all/app:c").ok()
    assert signed_by(consumer, "all/app") == {"a": ["Repo Admin"], "b": ["Repo Admin"]}
    for ours in (False, True):
        for tag in "abc":
            consumer.forget(f"all/app:{tag}")
        pull = ("pull", "--all-tags", name)
        (trusting(consumer, *pull) if ours else consumer.trusted(*pull)).ok()
        there = consumer("image", "ls", "--format", "{{.Tag}}", name).ok().out.split()
        assert {"a", "b"} <= set(there)
        assert "c" not in there


def test_whoever_knows_the_first_of_four_roots_follows_with_sealyard(
    publisher: Docker, new_docker: Callable[[str], Docker]
) -> None:
    name = publisher.name("roots/app")
    publisher.sign(SMALL, "roots/app:1").ok()
    people = [new_docker(f"roots-{person}") for person in ("ours", "theirs", "ours-later")]
    for person in people:
        person.login("admin", OWNER_PASSWORD).ok()
    ours, theirs, fresh = people
    we_pull(ours, "roots/app:1").ok()
    pulls(theirs, "roots/app:1").ok()
    for _ in range(3):
        sealyard(publisher, "trust", "key", "rotate", name, "root").ok()
    for role in ("targets", "snapshot", "timestamp"):
        sealyard(publisher, "trust", "key", "rotate", name, role).ok()
    for person in (ours, fresh):
        we_pull(person, "roots/app:1").ok()
    # The other tool then goes on from what the first one has left in the folder.
    we_pull(theirs, "roots/app:1").ok()
    for person in people:
        pulls(person, "roots/app:1").ok()
    publisher("tag", OTHER, f"{name}:2").ok()
    trusting(publisher, "push", f"{name}:2").ok()
    publisher.sign(SMALL, "roots/app:3").ok()
    for person in people:
        we_pull(person, "roots/app:3").ok()
        pulls(person, "roots/app:2").ok()


def test_who_holds_a_delegation_key_only_pushes_signed(
    publisher: Docker,
    consumer: Docker,
    new_docker: Callable[[str], Docker],
    tmp_path: Path,
) -> None:
    """The signer is added by docker; the home that signs has never held another key."""
    name = publisher.name("deputy/app")
    publisher.sign(SMALL, "deputy/app:1").ok()
    deputy = new_docker("deputy")
    deputy.login("admin", OWNER_PASSWORD).ok()
    sealyard(deputy, "trust", "key", "generate", "deputy", "--dir", str(tmp_path)).ok()
    key = ("--key", str(tmp_path / "deputy.pub"))
    publisher.trusted("trust", "signer", "add", *key, "deputy", name).ok()
    deputy("tag", OTHER, f"{name}:2").ok()
    trusting(deputy, "push", f"{name}:2").ok()
    assert signed_by(consumer, "deputy/app") == {"1": ["Repo Admin"], "2": ["deputy"]}
    for tag in "12":
        pulls(consumer, f"deputy/app:{tag}").ok()
    we_pull(consumer, "deputy/app:2").ok()
    trusting(consumer, "pull", "--signer", "deputy", f"{name}:2").ok()
    trusting(consumer, "pull", "--signer", "deputy", f"{name}:1").refused("deputy")
    assert len(list((deputy.trust_folder / "private").iterdir())) == 1
    sealyard(deputy, "trust", "key", "rotate", name, "targets").refused("root")
    # without the key of any signer nothing is pushed
    stranger = consumer
    stranger("tag", SMALL, f"{name}:3").ok()
    trusting(stranger, "push", f"{name}:3").refused("no valid signing keys for delegation roles")
    stranger.forget("deputy/app:3")
    stranger("pull", f"{name}:3").refused("not found")


def test_trust_data_that_was_removed_is_begun_anew_and_consumers_reset(
    owner: Cli, publisher: Docker, consumer: Docker
) -> None:
    name = publisher.name("anew/app")
    publisher("tag", SMALL, f"{name}:1").ok()
    trusting(publisher, "push", f"{name}:1").ok()
    we_pull(consumer, "anew/app:1").ok()
    for status in ("disabled", "enabled"):
        owner.trust(status).ok()
    we_pull(consumer, "anew/app:1").refused("it was there before and was removed")
    publisher("tag", SMALL, f"{name}:1").ok()
    pushed = trusting(publisher, "push", f"{name}:1").ok()
    assert "was removed from the registry: it is begun anew" in pushed.err
    assert f'Finished initializing "{name}"' in pushed.out
    # with the same root key, which is in a new certificate
    sealyard(consumer, "trust", "reset", "--yes", name).ok()
    we_pull(consumer, "anew/app:1").ok()
    pulls(consumer, "anew/app:1").ok()
    publisher.sign(OTHER, "anew/app:2").ok()
    we_pull(consumer, "anew/app:2").ok()
