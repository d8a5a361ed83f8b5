"""Copying with Sealyard: between registries of two makes, over lines that break."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from memory_images import MemoryImage
from real.breaking_line import BreakingLine
from real.containers import Skopeo
from real.docker_registry import DockerRegistry
from real.notary_server import certificate_files
from real.registry import OWNER_PASSWORD, Cli
from sample_images import Sample, layout_files, sample, write_layout
from sealyard.client.images.oci_layout import OciLayoutTarget
from sealyard.client.transfer.copy import copy_image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from real.registry import Registry

_REF = "org.opencontainers.image.ref.name"
_MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def elsewhere(folder: Path) -> Iterator[DockerRegistry]:
    place = folder / "elsewhere"
    place.mkdir()
    with DockerRegistry(place, *certificate_files(place)) as registry:
        yield registry


@pytest.fixture(scope="module")
def image(folder: Path) -> Sample:
    """Write a layout with an image of two layers."""
    made = sample("first", "second")
    write_layout(folder / "layout", layout_files([made], [{_REF: "1.0"}]))
    return made


def test_an_image_keeps_its_digest_on_its_way_through_registries_of_two_makes(
    owner: Cli, registry: Registry, elsewhere: DockerRegistry, image: Sample, folder: Path
) -> None:
    digest = str(image.top.digest)
    here, there = f"{registry.server}/team/app:1.0", f"{elsewhere.server}/team/app:1.0"
    ca = ("--ca-file", str(elsewhere.ca))
    # Who is signed in with `sealyard login` is signed in to the registry too, and its CA believed.
    owner("copy", f"oci:{folder / 'layout'}", here).ok()
    owner("copy", *ca, here, there).ok()
    owner("copy", *ca, there, f"{registry.server}/team/back:1.0").ok()
    assert "mounted" in owner("copy", here, f"{registry.server}/team/mounted:1.0").ok().err
    assert "already there" in owner("copy", here, f"{registry.server}/team/back:2.0").ok().err
    skopeo = Skopeo(registry, folder / "skopeo")
    for name in ("team/app:1.0", "team/back:1.0", "team/mounted:1.0", "team/back:2.0"):
        shown = skopeo("inspect", *skopeo.access(), skopeo.image(name)).ok()
        assert digest in shown.out
    assert owner.json("inspect", *ca, there)["digest"] == digest


def test_what_is_in_a_registry_is_listed_and_deleted(
    owner: Cli, registry: Registry, elsewhere: DockerRegistry, image: Sample, folder: Path
) -> None:
    repository = f"{registry.server}/team/listed"
    for tag in ("1.0", "2.0"):
        owner("copy", f"oci:{folder / 'layout'}", f"{repository}:{tag}").ok()
    assert owner.json("list", repository) == ["1.0", "2.0"]
    assert "team/listed" in owner.json("list", registry.server)
    owner("delete", "--yes", f"{repository}:1.0").ok()
    assert owner.json("list", repository) == ["2.0"]
    owner("delete", "--yes", f"{repository}@{image.top.digest}").ok()
    owner("inspect", f"{repository}:2.0").refused("there is no image 2.0")
    place = f"{elsewhere.server}/team/listed:1.0"
    ca = ("--ca-file", str(elsewhere.ca))
    owner("copy", *ca, f"oci:{folder / 'layout'}", place).ok()
    owner("delete", "--yes", *ca, place).refused("cannot delete the tag 1.0 alone")


def test_an_image_arrives_over_a_line_that_breaks(
    owner: Cli, registry: Registry, folder: Path
) -> None:
    large = MemoryImage(piece=_MEGABYTE)
    top = large.add_image(os.urandom(12 * _MEGABYTE), os.urandom(3 * _MEGABYTE))
    with OciLayoutTarget(folder / "large", "1.0") as target:
        copy_image(large, target)
        target.finish(top, None)
    breaks = [count * _MEGABYTE for count in (2, 7, 12)]
    for source, destination in (
        (f"oci:{folder / 'large'}", "{}/team/broken:1.0"),
        ("{}/team/broken:1.0", f"oci:{folder / 'arrived'}"),
    ):
        with BreakingLine(registry.port, *breaks) as line:
            where = ("--server", f"https://{line.server}", "--ca-file", str(registry.ca))
            login = ("login", *where, "--username", "admin", "--password-stdin")
            owner(*login, given=OWNER_PASSWORD).ok()
            ends = (source.format(line.server), destination.format(line.server))
            owner("copy", "--ca-file", str(registry.ca), *ends).ok()
            assert line.broken == len(breaks)
    owner.login().ok()
    index = (folder / "arrived" / "index.json").read_text()
    assert str(top.digest) in index


def test_who_is_not_signed_in_or_not_believed_is_told_what_to_do(
    registry: Registry, elsewhere: DockerRegistry, folder: Path
) -> None:
    stranger = Cli(registry, folder / "stranger")
    image = f"{registry.server}/team/app:1.0"
    stranger("inspect", image).refused("not of an authority that this machine trusts", "--ca-file")
    stranger("inspect", "--ca-file", str(registry.ca), image).refused("sign in", "docker login")
    gone = f"127.0.0.1:{elsewhere.port}"
    stranger("inspect", f"{gone}/team/app:1.0").refused("does not answer")
    stranger("inspect", "nowhere.invalid/team/app:1.0").refused("check the spelling")
