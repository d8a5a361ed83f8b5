from __future__ import annotations

import json

import pytest

from memory_images import MemoryImage
from sealyard.client.transfer.errors import InvalidPlatformError, PlatformMissingError
from sealyard.client.transfer.platform import Platform, choose, entries, require
from sealyard.oci.errors import MalformedManifestError


def index_of(*platforms: str) -> tuple[bytes, list[str]]:
    image, made = MemoryImage(), []
    for number, text in enumerate(platforms):
        os, architecture, *variant = text.split("/")
        platform = {"os": os, "architecture": architecture}
        if variant:
            platform["variant"] = variant[0]
        made.append((image.add_image(str(number).encode()), platform))
    top = image.add_index(*made)
    return image.manifest(top), [str(descriptor.digest) for descriptor, _ in made]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("Linux/ARM/V6", "linux/arm/v6"),
        ("macos/arm64", "darwin/arm64"),
        ("windows/amd64", "windows/amd64"),
    ],
)
def test_names_of_other_tools_mean_the_same(text: str, normal: str) -> None:
    assert str(Platform.parse(text)) == normal


@pytest.mark.parametrize("text", ["", "linux", "linux/", "a/b/c/d", "linux/arm 64", "/amd64"])
def test_anything_else_is_no_platform(text: str) -> None:
    with pytest.raises(InvalidPlatformError):
        Platform.parse(text)


@pytest.mark.parametrize(
    ("wanted", "position"),
    [("linux/amd64", 0), ("linux/arm64", 1), ("linux/arm/v7", 2), ("linux/arm/v6", 3)],
)
def test_the_entry_that_suits_best_is_chosen(wanted: str, position: int) -> None:
    index, digests = index_of("linux/amd64", "linux/arm64/v8", "linux/arm/v7", "linux/arm/v6")
    assert str(choose(index, Platform.parse(wanted)).digest) == digests[position]


def test_an_older_variant_runs_on_a_newer_machine_and_not_the_other_way_round() -> None:
    index, digests = index_of("linux/arm/v6")
    assert str(choose(index, Platform.parse("linux/arm/v7")).digest) == digests[0]
    with pytest.raises(PlatformMissingError):
        choose(index, Platform.parse("linux/arm/v5"))


def test_what_is_missing_says_what_there_is() -> None:
    index, _ = index_of("linux/amd64", "unknown/unknown")
    with pytest.raises(PlatformMissingError) as caught:
        choose(index, Platform.parse("windows/amd64"))
    assert caught.value.available == ("linux/amd64",)


def test_what_stands_beside_an_image_is_for_no_platform() -> None:
    index, _ = index_of("unknown/unknown")
    assert [entry.platform for entry in entries(index)] == [None]


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"manifests":[{}]}', b"\xff", b"[" * 100_000])
def test_what_is_no_index_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedManifestError):
        choose(raw, Platform.parse("linux/amd64"))


def test_a_configuration_says_what_the_image_is_for() -> None:
    arm = json.dumps({"os": "linux", "architecture": "arm", "variant": "v6"}).encode()
    require(arm, Platform.parse("linux/arm/v7"))
    require(b"{}", Platform.parse("linux/amd64"))
    with pytest.raises(PlatformMissingError):
        require(arm, Platform.parse("linux/arm64"))
