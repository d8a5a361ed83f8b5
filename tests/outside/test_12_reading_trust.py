"""Docker and Sealyard read the same trust data: the same answers, one shared folder, both ways."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.processes import Done, run
from real.registry import NAME, OWNER_PASSWORD, SEALYARD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.notary import Notary
    from real.registry import Cli

pytestmark = pytest.mark.usefixtures("signers")


def sealyard(docker: Docker, *arguments: str) -> Done:
    """Run Sealyard with the home of somebody's docker: its sign-ins, keys and trust data."""
    return run([SEALYARD, *arguments], docker.env)


def with_signer(publisher: Docker, folder: Path, repository: str) -> None:
    """Sign tags as the administrator and, later, as a signer."""
    publisher.sign(SMALL, f"{repository}:9").ok()
    publisher.trusted("trust", "key", "generate", "alice", "--dir", str(folder)).ok()
    key = ("--key", str(folder / "alice.pub"))
    publisher.trusted("trust", "signer", "add", *key, "alice", publisher.name(repository)).ok()
    publisher.sign(OTHER, f"{repository}:10").ok()
    publisher.sign(SMALL, f"{repository}:latest").ok()


def test_inspect_prints_what_docker_prints(publisher: Docker, tmp_path: Path) -> None:
    with_signer(publisher, tmp_path, "read/app")
    name = publisher.name("read/app")
    for arguments in (
        (name,),
        (f"{name}:10",),
        (f"{name}:9", f"{name}:latest"),
        (f"{name}:unsigned",),
        ("--pretty", name),
        ("--pretty", f"{name}:9", f"{name}:10"),
        ("--pretty", f"{name}:unsigned"),
    ):
        theirs = publisher.trusted("trust", "inspect", *arguments)
        ours = sealyard(publisher, "trust", "inspect", *arguments)
        assert (ours.code, ours.out) == (theirs.code, theirs.out), arguments
    for arguments in ((publisher.name("read/none"),), ("--pretty", publisher.name("read/none"))):
        theirs = publisher.trusted("trust", "inspect", *arguments)
        ours = sealyard(publisher, "trust", "inspect", *arguments)
        assert (ours.code, ours.out) == (theirs.code, theirs.out), arguments
        assert ours.err.startswith(theirs.err.strip())


def test_each_reads_what_the_other_cached(
    publisher: Docker, new_docker: Callable[[str], Docker]
) -> None:
    publisher.sign(SMALL, "read/cached:1").ok()
    name = publisher.name("read/cached")
    one, other = new_docker("cached-by-sealyard"), new_docker("cached-by-docker")
    for docker in (one, other):
        docker.login("admin", OWNER_PASSWORD).ok()
    sealyard(one, "trust", "inspect", name).ok()
    other.trusted("trust", "inspect", name).ok()
    assert metadata(one, name) == metadata(other, name)

    publisher.sign(OTHER, "read/cached:2").ok()
    assert '"2"' in one.trusted("trust", "inspect", name).ok().out
    assert '"2"' in sealyard(other, "trust", "inspect", name).ok().out
    assert metadata(one, name) == metadata(other, name)


def metadata(docker: Docker, name: str) -> dict[str, bytes]:
    folder = docker.trust_folder / "tuf" / name / "metadata"
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.json")}


def test_three_roots_further_the_chain_is_followed(
    publisher: Docker, notary: Notary, new_docker: Callable[[str], Docker]
) -> None:
    gun = notary.gun("read/rotated")
    notary("init", gun, "-p").ok()
    consumer = new_docker("chain")
    consumer.login("admin", OWNER_PASSWORD).ok()
    sealyard(consumer, "trust", "inspect", publisher.name("read/rotated")).ok()
    for _ in range(3):
        notary("key", "rotate", gun, "root", given="yes\n").ok()
    ran = sealyard(consumer, "trust", "status", publisher.name("read/rotated"), "-o", "json").ok()
    assert '"version": 4' in ran.out


def test_a_lost_root_key_is_told_and_a_reset_asks(
    publisher: Docker, signers: Cli, new_docker: Callable[[str], Docker]
) -> None:
    name = publisher.name("read/lost")
    publisher.sign(SMALL, "read/lost:1").ok()
    consumer = new_docker("lost")
    consumer.login("admin", OWNER_PASSWORD).ok()
    sealyard(consumer, "trust", "inspect", name).ok()
    shown = signers.json("acr", "repository", "show-trust", "-n", NAME, "--repository", "read/lost")
    (root,) = shown
    assert root["gun"] == name

    folder = publisher.trust_folder / "tuf" / name
    shutil.rmtree(folder)
    signers.trust("disabled").ok()
    sealyard(consumer, "trust", "inspect", name).refused("it was there before and was removed")
    signers.trust("enabled").ok()
    signers.grant("AcrImageSigner", "admin@myregistry.local")
    for key in (publisher.trust_folder / "private").glob("*.key"):
        key.unlink()
    publisher.sign(SMALL, "read/lost:1").ok()
    sealyard(consumer, "trust", "inspect", name).refused(f"sealyard trust reset {name}")
    sealyard(consumer, "trust", "reset", name).refused("Compare its root key with the publisher")
    sealyard(consumer, "trust", "reset", name, "--yes").ok()
    assert '"1"' in sealyard(consumer, "trust", "inspect", name).ok().out
    assert '"1"' in consumer.trusted("trust", "inspect", name).ok().out


def test_a_pin_stops_what_docker_would_trust_at_first_use(
    publisher: Docker, new_docker: Callable[[str], Docker], signers: Cli, tmp_path: Path
) -> None:
    publisher.sign(SMALL, "read/pinned:1").ok()
    name = publisher.name("read/pinned")
    consumer = new_docker("pinning")
    consumer.login("admin", OWNER_PASSWORD).ok()
    sealyard(consumer, "trust", "inspect", "--no-tofu", name).refused("nothing is pinned for")
    (root,) = signers.json(
        "acr", "repository", "show-trust", "-n", NAME, "--repository", "read/pinned"
    )
    key = root["rootKeys"][0]["canonicalId"]
    wrong, right = tmp_path / "wrong.toml", tmp_path / "right.toml"
    for path, keyid in ((wrong, "0" * 64), (right, key)):
        path.write_text(f'[[pin]]\nrepository = "{publisher.server}/*"\nroot-keys = ["{keyid}"]\n')
    sealyard(consumer, "trust", "inspect", "--pins", str(wrong), name).refused(
        "is not the pinned one"
    )
    sealyard(consumer, "trust", "inspect", "--no-tofu", "--pins", str(right), name).ok()
