from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from remote_registry import HOST, RemoteRegistry
from sample_images import content_of, sample
from sealyard.client.client import Client
from sealyard.client.images.location import Location, open_source
from sealyard.client.pull_places import PullPlace
from sealyard.client.pulling import Wanted
from sealyard.client.surroundings import Surroundings
from sealyard.client.transfer.progress import SILENT
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = {"1": sample("lower", "one"), "2": sample("lower", "two")}


@pytest.mark.parametrize(
    ("form", "named"),
    [("oci", "{}"), ("oci-archive", "{}"), ("docker-archive", HOST + "/team/app:{}")],
)
def test_all_tags_that_were_pulled_to_a_place_are_there(
    tmp_path: Path, form: str, named: str
) -> None:
    registry = RemoteRegistry(scheme="none")
    for tag, image in IMAGES.items():
        for content in image.blobs.values():
            registry.add_blob(content)
        registry.add_manifest(image.raw, image.top.media_type, tag)
    surroundings = Surroundings(tmp_path / "docker", tmp_path / "config", tmp_path / "cache")
    place = f"{form}:{tmp_path / 'place'}"
    with (
        Client(surroundings, transport=httpx.MockTransport(registry.answer)) as client,
        PullPlace(client, place, None) as there,
    ):
        for tag, image in IMAGES.items():
            reference = ImageReference.parse(f"{HOST}/team/app:{tag}")
            there.pull(Wanted(reference, image.top.digest), SILENT)
    assert Location.parse(place).tags() == ["1", "2"]
    for tag, image in IMAGES.items():
        location = Location.parse(f"{place}:{named.format(tag)}")
        with open_source(location, surroundings) as source:
            assert image.config in content_of(source).values()
