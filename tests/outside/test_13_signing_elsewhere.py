"""Signing for Debian's docker-registry with Debian's notary-server: no Sealyard on that side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.notary import PASSPHRASE
from real.peers import Peers
from real.signing import listed, pulls, sealyard, signed_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from real.engine import Docker, Engine


@pytest.fixture(scope="module", params=["ecdsa", "ed25519"])
def peers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peers]:
    with Peers(tmp_path_factory.mktemp("peers"), request.param) as peers:
        yield peers


@pytest.fixture(scope="module")
def person(
    peers: Peers, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Docker]:
    return lambda name: peers.docker(engine, tmp_path_factory.mktemp(name))


@pytest.fixture
def publisher(person: Callable[[str], Docker]) -> Docker:
    return person("publisher")


@pytest.fixture
def consumer(person: Callable[[str], Docker]) -> Docker:
    return person("consumer")


def test_both_sign_in_turn_and_both_read(
    publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    name = publisher.name("peer/app")
    for tag, source in (("1", SMALL), ("2", OTHER), ("3", SMALL)):
        publisher.push(source, f"peer/app:{tag}").ok()
    sealyard(publisher, "trust", "sign", f"{name}:1").ok()
    pulls(consumer, "peer/app:1").ok()
    publisher.sign(OTHER, "peer/app:2").ok()
    for person in ("alice", "bob"):
        publisher.trusted("trust", "key", "generate", person, "--dir", str(tmp_path)).ok()
        key = ("--key", str(tmp_path / f"{person}.pub"))
        sealyard(publisher, "trust", "signer", "add", *key, person, name).ok()
    sealyard(publisher, "trust", "sign", f"{name}:3", "--signer", "bob").ok()
    publisher.sign(OTHER, "peer/app:4").ok()
    expected = {"1": ["Repo Admin"], "2": ["Repo Admin"], "3": ["bob"], "4": ["alice", "bob"]}
    assert signed_by(consumer, "peer/app") == expected
    sealyard(publisher, "trust", "signer", "remove", "alice", name).ok()
    assert signed_by(consumer, "peer/app")["4"] == ["bob"]
    sealyard(publisher, "trust", "revoke", f"{name}:2").ok()
    for tag in "134":
        pulls(consumer, f"peer/app:{tag}").ok()
    pulls(consumer, "peer/app:2").refused("No valid trust data for 2")


def test_every_key_is_replaced_and_everybody_follows(
    peers: Peers,
    publisher: Docker,
    consumer: Docker,
    person: Callable[[str], Docker],
    tmp_path: Path,
) -> None:
    name = publisher.name("peer/rotated")
    publisher.push(SMALL, "peer/rotated:1").ok()
    sealyard(publisher, "trust", "sign", f"{name}:1").ok()
    pulls(consumer, "peer/rotated:1").ok()
    notary = peers.notary(tmp_path / "notary")
    assert listed(notary, name) == ["1"]
    for role in ("root", "root", "root", "targets", "snapshot", "timestamp"):
        sealyard(publisher, "trust", "key", "rotate", name, role).ok()
    for docker in (consumer, person("fresh")):
        pulls(docker, "peer/rotated:1").ok()
        sealyard(docker, "trust", "inspect", name).ok()
    assert listed(notary, name) == ["1"]
    publisher.sign(OTHER, "peer/rotated:2").ok()
    publisher.push(SMALL, "peer/rotated:3").ok()
    sealyard(publisher, "trust", "sign", f"{name}:3").ok()
    for tag in "123":
        pulls(consumer, f"peer/rotated:{tag}").ok()


def test_what_notary_began_with_its_own_snapshot_key_is_signed_and_handed_over(
    peers: Peers, publisher: Docker, consumer: Docker
) -> None:
    name = publisher.name("peer/notary")
    publisher.push(SMALL, "peer/notary:1").ok()
    notary = peers.notary(publisher.home / "notary", publisher.trust_folder)
    notary("init", name, "-p").ok()
    phrases = {
        "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": PASSPHRASE,
        "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": PASSPHRASE,
    }
    sealyard(publisher, "trust", "sign", f"{name}:1", **phrases).ok()
    pulls(consumer, "peer/notary:1").ok()
    assert listed(notary, name) == ["1"]
    sealyard(publisher, "trust", "key", "rotate", name, "snapshot", "-r", **phrases).ok()
    publisher.push(OTHER, "peer/notary:2").ok()
    sealyard(publisher, "trust", "sign", f"{name}:2", **phrases).ok()
    for tag in "12":
        pulls(consumer, f"peer/notary:{tag}").ok()
    notary("remove", name, "1", "-p").ok()
    pulls(consumer, "peer/notary:1").refused("No valid trust data for 1")


def test_a_tag_of_a_name_that_needs_escaping_is_read_by_notary(
    peers: Peers, publisher: Docker, tmp_path: Path
) -> None:
    """Files that notary's own code wrote and ours wrote again stay readable to it."""
    name = publisher.name("peer/special")
    notary = peers.notary(publisher.home / "notary", publisher.trust_folder)
    target = tmp_path / "target"
    target.write_text("content")
    notary("init", name, "-p").ok()
    notary("add", name, 'a<b>&"c', target, "-p").ok()
    publisher.push(SMALL, "peer/special:1").ok()
    phrases = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": PASSPHRASE}
    sealyard(publisher, "trust", "sign", f"{name}:1", **phrases).ok()
    assert listed(peers.notary(tmp_path / "other"), name) == ["1", 'a<b>&"c']
