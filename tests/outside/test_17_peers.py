"""Signed pushes to docker-registry and notary-server, and what notary made there, signed on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from real.content import OTHER, SMALL
from real.keys import certificate_for
from real.notary import PASSPHRASE
from real.peers import Peers
from real.signing import listed, pulls, sealyard, signed_by, trusting, we_pull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from real.engine import Docker, Engine

NOTARY_PHRASES = {
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": PASSPHRASE,
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": PASSPHRASE,
}


@pytest.fixture(scope="module", params=["ecdsa", "ed25519"])
def peers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peers]:
    with Peers(tmp_path_factory.mktemp("peers"), request.param) as peers:
        yield peers


@pytest.fixture
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


def test_both_push_signed_and_both_pull(
    peers: Peers, publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    name = publisher.name("peers/app")
    publisher("tag", SMALL, f"{name}:1").ok()
    trusting(publisher, "push", f"{name}:1").ok()
    publisher.sign(OTHER, "peers/app:2").ok()
    for tag in "12":
        pulls(consumer, f"peers/app:{tag}").ok()
        we_pull(consumer, f"peers/app:{tag}").ok()
    layout = tmp_path / "layout"
    trusting(consumer, "pull", f"{name}:2", "--to", f"oci:{layout}:2").ok()
    trusting(publisher, "push", f"{name}:3", "--from", f"oci:{layout}:2").ok()
    pulls(consumer, "peers/app:3").ok()
    (top,) = json.loads((layout / "index.json").read_text())["manifests"]
    notary = peers.notary(tmp_path / "notary")
    assert listed(notary, name) == ["1", "2", "3"]
    manifest = layout / "blobs" / "sha256" / top["digest"].partition(":")[2]
    notary("verify", name, "3", "-i", manifest, "-q").ok()


def rsa_files(folder: Path) -> tuple[Path, Path]:
    """Make an RSA key; return the files of the private key and of a certificate."""
    key = rsa.generate_private_key(65537, 2048)
    private, certificate = folder / "rsa.key", folder / "rsa.crt"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    private.chmod(0o600)
    certificate.write_bytes(certificate_for(key, "rosa"))
    return private, certificate


def test_in_what_notary_made_with_rsa_signers_and_its_own_snapshot_key_we_sign(
    peers: Peers, publisher: Docker, consumer: Docker, tmp_path: Path
) -> None:
    """The signer's keys: RSA in a certificate, as notary takes it, and Sealyard's ECDSA."""
    name = publisher.name("peers/mixed")

    def ours(*arguments: str) -> None:
        trusting(publisher, *arguments, **NOTARY_PHRASES).ok()

    notary = peers.notary(publisher.home / "notary", publisher.trust_folder)
    notary("init", name, "-p").ok()
    private, certificate = rsa_files(tmp_path)
    for role in ("targets/rosa", "targets/releases"):
        notary("delegation", "add", name, role, certificate, "--all-paths", "-p").ok()
    ours("trust", "key", "load", str(private), "--name", "rosa")
    publisher.push(SMALL, "peers/mixed:1").ok()
    ours("trust", "sign", f"{name}:1")
    ours("trust", "key", "generate", "ella", "--dir", str(tmp_path))
    signer = ("--key", str(tmp_path / "ella.pub"), "ella", name)
    ours("trust", "signer", "add", *signer)
    publisher("tag", OTHER, f"{name}:2").ok()
    ours("push", f"{name}:2")
    assert signed_by(consumer, "peers/mixed") == {"1": ["rosa"], "2": ["rosa", "ella"]}
    for tag in "12":
        pulls(consumer, f"peers/mixed:{tag}").ok()
        we_pull(consumer, f"peers/mixed:{tag}").ok()
    assert listed(notary, name) == ["1", "2"]


def test_roots_that_notary_rotated_are_followed_and_signed_on(
    peers: Peers, publisher: Docker, consumer: Docker
) -> None:
    """The consumer knows the first of four; who publishes is notary, then Sealyard, then docker."""
    name = publisher.name("peers/roots")
    notary = peers.notary(publisher.home / "notary", publisher.trust_folder)
    notary("init", name, "-p").ok()
    notary("key", "rotate", name, "snapshot", "-r").ok()
    publisher("tag", SMALL, f"{name}:1").ok()
    trusting(publisher, "push", f"{name}:1", **NOTARY_PHRASES).ok()
    we_pull(consumer, "peers/roots:1").ok()
    for _ in range(3):
        notary("key", "rotate", name, "root", given="yes\n").ok()
    notary("key", "rotate", name, "targets").ok()
    we_pull(consumer, "peers/roots:1").ok()
    publisher("tag", OTHER, f"{name}:2").ok()
    trusting(publisher, "push", f"{name}:2", **NOTARY_PHRASES).ok()
    publisher("tag", SMALL, f"{name}:3").ok()
    publisher.trusted("push", f"{name}:3", cwd=None, **NOTARY_PHRASES).ok()
    sealyard(publisher, "trust", "key", "rotate", name, "root", **NOTARY_PHRASES).ok()
    for tag in "123":
        we_pull(consumer, f"peers/roots:{tag}").ok()
        pulls(consumer, f"peers/roots:{tag}").ok()
    assert listed(notary, name) == ["1", "2", "3"]
