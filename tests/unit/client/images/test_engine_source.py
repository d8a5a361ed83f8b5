from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from memory_engine import MemoryEngine
from sample_images import Sample, content_of, docker_24, docker_25, layout_files, sample, spelt, tar
from sealyard.client.images.engine_source import EngineSource
from sealyard.client.images.errors import (
    ContentMissingError,
    EngineAnswerError,
    EngineImageMissingError,
    MalformedImageError,
)
from sealyard.client.images.layer_memory import LayerMemory, LayersInTarget
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = sample("lower", "one"), sample("lower", "two", architecture="arm64")
CONTAINERD = "io.containerd.image.name"


def _answer(there: bool, _layer: Descriptor) -> bool:  # noqa: FBT001 (bound by the test)
    return there


def exports(server: MemoryEngine) -> int:
    return sum(one.endswith("/get") for one in server.asked())


@pytest.mark.parametrize("form", [docker_24, docker_25])
def test_an_image_is_exported_once_by_its_id(form: object) -> None:
    assert callable(form)
    server = MemoryEngine()
    server.hold("app:1", ONE, form({"app:1": ONE}))
    with EngineSource(server.engine(), "app:1") as source:
        assert ONE.config in content_of(source).values()
        content_of(source)
    assert exports(server) == 1
    assert server.asked()[-1] == f"GET /v1.41/images/{Digest.of(ONE.config)}/get"


def test_an_image_that_is_not_there_is_found_out_at_once() -> None:
    with pytest.raises(EngineImageMissingError):
        EngineSource(MemoryEngine().engine(), "app:1")


def test_another_image_than_the_one_that_was_named_is_refused() -> None:
    server = MemoryEngine()
    server.hold("app:1", ONE, docker_24({"app:1": TWO}))
    with EngineSource(server.engine(), "app:1") as source, pytest.raises(EngineAnswerError):
        source.top()


def test_an_id_that_is_none_and_an_export_that_is_none_are_refused() -> None:
    server = MemoryEngine(ids={"app:1": "nothing"})
    with pytest.raises(EngineAnswerError):
        EngineSource(server.engine(), "app:1")
    server.hold("app:1", ONE, b"no archive")
    with EngineSource(server.engine(), "app:1") as source, pytest.raises(MalformedImageError):
        source.top()


# --- what is remembered


def test_an_image_that_the_target_has_is_not_exported_again(tmp_path: Path) -> None:
    server = MemoryEngine()
    server.hold("app:1", ONE, docker_24({"app:1": ONE}))
    tops = []
    for there in (False, True, True):
        known = LayersInTarget(LayerMemory(tmp_path), partial(_answer, there))
        with EngineSource(server.engine(), "app:1", known) as source:
            tops.append(source.top())
            assert source.manifest(tops[-1])
    assert len(set(tops)) == 1
    assert exports(server) == 1


def test_a_layer_that_is_wanted_after_all_is_exported(tmp_path: Path) -> None:
    server = MemoryEngine()
    server.hold("app:1", ONE, docker_24({"app:1": ONE}))
    contents = []
    for there in (False, True):
        known = LayersInTarget(LayerMemory(tmp_path), partial(_answer, there))
        with EngineSource(server.engine(), "app:1", known) as source:
            contents.append(content_of(source))
    assert contents[0] == contents[1]
    assert exports(server) == 2


# --- an Engine with containerd's store: ids are digests of manifests


def containerd(*images: Sample, missing: Sample | None = None) -> tuple[MemoryEngine, Descriptor]:
    """Return an Engine that holds an index of images, without the content of one of them."""
    entries = [spelt(one.top, platform={"architecture": "x", "os": "linux"}) for one in images]
    raw = json.dumps({"schemaVersion": 2, "manifests": entries}).encode()
    top = Descriptor(media_types.OCI_INDEX, Digest.of(raw), len(raw))
    present = [one for one in images if one is not missing]
    files = layout_files(present, [{} for _ in present])
    named = {"schemaVersion": 2, "manifests": [spelt(top, annotations={CONTAINERD: "app:1"})]}
    files["index.json"] = json.dumps(named).encode()
    files["manifest.json"] = b"[]"
    files[f"blobs/sha256/{top.digest.hex}"] = raw
    server = MemoryEngine(ids={"app:1": str(top.digest)})
    server.archives[str(top.digest)] = tar(files)
    return server, top


def test_what_containerd_holds_is_passed_on_byte_for_byte() -> None:
    server, top = containerd(ONE, TWO)
    with EngineSource(server.engine(), "app:1") as source:
        assert source.top() == top
        assert source.manifest(ONE.top) == ONE.raw
        assert b"".join(source.blob(TWO.layers[1])) == TWO.blobs[TWO.layers[1]]


def test_of_an_index_that_is_there_in_part_the_part_is_taken() -> None:
    server, _ = containerd(ONE, TWO, missing=ONE)
    with EngineSource(server.engine(), "app:1") as source:
        assert source.top() == TWO.top
        assert content_of(source)


def test_of_an_index_of_which_nothing_is_there_nothing_is_taken() -> None:
    server, _ = containerd(ONE, missing=ONE)
    with EngineSource(server.engine(), "app:1") as source, pytest.raises(ContentMissingError):
        source.top()
