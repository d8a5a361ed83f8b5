"""The notary command: everything that docker cannot do."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from real.containers import Podman, Skopeo
from real.content import DEBIAN, OTHER, SMALL
from real.keys import key_files
from real.notary import Notary
from real.registry import OWNER_PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from real.engine import Docker
    from real.registry import Cli, Registry

pytestmark = pytest.mark.usefixtures("signers")


@pytest.fixture(scope="module")
def target(folder: Path) -> Path:
    file = folder / "release.txt"
    file.write_text("what is to be signed\n")
    return file


@pytest.fixture(scope="module")
def gun(notary: Notary, target: Path) -> str:
    name = notary.gun("notary/app")
    notary("init", name, "-p").ok()
    notary("add", name, "1.0", target, "-p").ok()
    return name


def test_list_lookup_and_verify_find_what_was_published(
    notary: Notary, gun: str, target: Path
) -> None:
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert digest in notary("list", gun).ok().out
    assert digest in notary("lookup", gun, "1.0").ok().out
    notary("verify", gun, "1.0", "-i", target).ok()
    notary("lookup", gun, "2.0").refused("No valid trust data for 2.0")


def test_a_reader_starts_without_a_token_and_then_signs_in(
    registry: Registry, gun: str, folder: Path
) -> None:
    stranger = Notary(registry, folder / "stranger")
    stranger("list", gun).refused()
    assert "1.0" in stranger.login("admin", OWNER_PASSWORD)("list", gun).ok().out


def test_a_multi_architecture_index_is_signed_by_its_digest_and_pulled_by_docker(
    registry: Registry, publisher: Docker, folder: Path
) -> None:
    digest, size = _push_index(registry, publisher, folder)
    publisher.sign(SMALL, "notary/multi:first").ok()
    shared = Notary(registry, folder / "shared", publisher.trust_folder)
    shared.login("admin", OWNER_PASSWORD)
    shared.env["NOTARY_TARGETS_PASSPHRASE"] = "repository passphrase 1"
    name = shared.gun("notary/multi")
    shared("addhash", name, "both", str(size), "--sha256", digest, "-p").ok()
    pulled = publisher.trusted("pull", publisher.name("notary/multi:both")).ok()
    assert f"Pull (1 of 1): {publisher.name('notary/multi:both')}@sha256:{digest}" in pulled.out
    layers = "{{len .RootFS.Layers}}"
    inspected = publisher("inspect", "--format", layers, publisher.name("notary/multi:both")).ok()
    assert int(inspected.out) >= 3, "the Debian for this machine's architecture"


def test_delegations_are_added_listed_used_and_removed(
    notary: Notary, gun: str, target: Path, folder: Path
) -> None:
    private, _, certificate = key_files(folder, "erin")
    notary("delegation", "add", gun, "targets/releases", certificate, "--all-paths", "-p").ok()
    assert "targets/releases" in notary("delegation", "list", gun).ok().out
    notary("key", "import", private, "-r", "targets/releases", "-g", gun).ok()
    notary("add", gun, "1.1", target, "-r", "targets/releases", "-p").ok()
    assert "targets/releases" in notary("lookup", gun, "1.1").ok().text + notary("list", gun).out
    notary("witness", gun, "targets/releases", "-p").ok()
    notary("delegation", "remove", gun, "targets/releases", "-y", "-p").ok()
    assert "targets/releases" not in notary("delegation", "list", gun).ok().out


@pytest.mark.parametrize(
    "rotation",
    [["targets"], ["snapshot", "-r"], ["snapshot"], ["timestamp", "-r"], ["root"]],
    ids=["targets", "snapshot to the server", "snapshot back", "timestamp", "root"],
)
def test_every_key_is_rotated_and_readers_follow(
    rotation: list[str], notary: Notary, registry: Registry, gun: str, folder: Path
) -> None:
    reader = Notary(registry, folder / "reader").login("admin", OWNER_PASSWORD)
    reader("list", gun).ok()
    notary("key", "rotate", gun, *rotation, given="yes\n").ok()
    assert "1.0" in reader("list", gun).ok().out
    assert "1.0" in notary("list", gun).ok().out


def test_publishing_goes_on_after_all_rotations(notary: Notary, gun: str, target: Path) -> None:
    notary("add", gun, "1.2", target, "-p").ok()
    assert "1.2" in notary("list", gun).ok().out


def test_the_trust_data_of_one_repository_is_deleted_and_others_stay(
    notary: Notary, signers: Cli, gun: str, target: Path, folder: Path
) -> None:
    other = notary.gun("notary/app-other")
    notary("init", other, "-p").ok()
    notary("add", other, "1.0", target, "-p").ok()
    notary("delete", gun, "--remote").ok()
    fresh = Notary(signers.registry, folder / "fresh").login("admin", OWNER_PASSWORD)
    fresh("list", gun).refused()
    assert "1.0" in fresh("list", other).ok().out
    notary("init", gun, "-p").ok()
    kinds = [line["kind"] for line in signers.json("activity", "list", "--max-events", "20")]
    assert any(kind.startswith("trust.delete") for kind in kinds), kinds


def _push_index(registry: Registry, publisher: Docker, folder: Path) -> tuple[str, int]:
    """Push two images and an index over them; return the index's digest and size."""
    publisher.push(DEBIAN, "notary/multi:one").ok()
    publisher.push(OTHER, "notary/multi:two").ok()
    podman, skopeo = Podman(registry, folder), Skopeo(registry, folder)
    podman("manifest", "create", "both").ok()
    for tag, architecture in (("one", "amd64"), ("two", "arm64")):
        image = podman.image(f"notary/multi:{tag}")
        platform = ("--arch", architecture)
        podman("manifest", "add", *podman.access(), *platform, "both", image).ok()
    where = podman.image("notary/multi:both")
    podman("manifest", "push", "--all", *podman.access(), "both", where).ok()
    podman.close()
    raw = skopeo("inspect", "--raw", *skopeo.access(), where).ok().out.encode()
    assert len(json.loads(raw)["manifests"]) == 2
    return hashlib.sha256(raw).hexdigest(), len(raw)
