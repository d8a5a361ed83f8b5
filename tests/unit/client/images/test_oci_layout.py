from __future__ import annotations

import json
import os
import stat
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_images import (
    Sample,
    content_of,
    finished,
    from_offset,
    index_of,
    layout_files,
    put,
    sample,
    tar,
    write_layout,
)
from sealyard.client.images import layout_index
from sealyard.client.images.errors import (
    AmbiguousImageError,
    ContentMissingError,
    ImageFormError,
    ImageNotInFormError,
    MalformedImageError,
    NotOpenError,
    StorageError,
)
from sealyard.client.images.oci_archive import OciArchiveSource
from sealyard.client.images.oci_layout import OciLayoutSource, OciLayoutTarget
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError, SizeMismatchError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from pathlib import Path

REF = layout_index.REF_NAME
FULL = layout_index.CONTAINERD_NAME
ONE, TWO = sample("one"), sample("two")
NAME = ImageReference.parse("registry.test/team/app:1")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    return tmp_path / "layout"


def written(layout: Path, images: list[Sample], notes: list[dict[str, str]]) -> None:
    write_layout(layout, layout_files(images, notes))


def index(layout: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((layout / "index.json").read_bytes())["manifests"]
    return found


# --- which image is meant


def test_the_only_image_needs_no_name(layout: Path) -> None:
    written(layout, [ONE], [{REF: "1"}])
    assert OciLayoutSource(layout).top() == ONE.top


def test_several_images_are_told_apart_by_name_full_name_and_digest(layout: Path) -> None:
    notes = [{REF: "1", FULL: "registry.test/a:1"}, {REF: "1", FULL: "registry.test/b:1"}]
    written(layout, [ONE, TWO], notes)
    assert OciLayoutSource(layout, "registry.test/b:1").top() == TWO.top
    assert OciLayoutSource(layout, str(ONE.top.digest)).top() == ONE.top
    for name in ("1", None):
        with pytest.raises(AmbiguousImageError, match=r"registry\.test/a:1, registry\.test/b:1"):
            OciLayoutSource(layout, name)


def test_the_same_image_under_two_names_is_one_image(layout: Path) -> None:
    written(layout, [ONE, ONE], [{REF: "1"}, {REF: "latest"}])
    assert OciLayoutSource(layout).top() == ONE.top


def test_a_name_that_is_not_there_is_answered_with_those_that_are(layout: Path) -> None:
    written(layout, [ONE], [{REF: "1"}])
    with pytest.raises(ImageNotInFormError, match=r"no image 2 in .*; it holds 1") as caught:
        OciLayoutSource(layout, "2")
    assert caught.value.names == ("1",)


def test_several_images_of_which_none_has_a_name_are_one_index(layout: Path) -> None:
    written(layout, [ONE, TWO], [{}, {}])
    source = OciLayoutSource(layout)
    raw = (layout / "index.json").read_bytes()
    assert source.top() == Descriptor(media_types.OCI_INDEX, Digest.of(raw), len(raw))
    assert source.manifest(source.top()) == raw
    assert source.manifest(TWO.top) == TWO.raw


def test_an_index_within_the_index_is_read_byte_for_byte(layout: Path) -> None:
    top, raw = index_of(ONE, TWO)
    files = layout_files([ONE, TWO], [{REF: "a"}, {REF: "b"}])
    entry = {"mediaType": top.media_type, "digest": str(top.digest), "size": top.size}
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    files[f"blobs/sha256/{top.digest.hex}"] = raw
    write_layout(layout, files)
    source = OciLayoutSource(layout)
    assert source.manifest(source.top()) == raw
    assert source.manifest(ONE.top) == ONE.raw


# --- what is not as it has to be


def test_what_is_not_there_at_all(tmp_path: Path) -> None:
    with pytest.raises(ImageNotInFormError):
        OciLayoutSource(tmp_path / "nothing")
    with pytest.raises(MalformedImageError, match="is it an OCI image layout"):
        OciLayoutSource(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("oci-layout", b'{"imageLayoutVersion": "2.0.0"}'),
        ("oci-layout", b"[]"),
        ("oci-layout", b" " * 5000),
        ("index.json", b"{"),
        ("index.json", b'{"schemaVersion": 1, "manifests": []}'),
        ("index.json", b'{"schemaVersion": 2, "manifests": [{"digest": "x", "size": 1}]}'),
        ("index.json", b'{"schemaVersion": 2, "manifests": [{"digest": 5}]}'),
        ("index.json", b"[" * 100_000 + b"]" * 100_000),
        ("index.json", b'{"x":' * 100_000),
        ("index.json", b'{"schemaVersion": 2}' + b" " * 5_000_000),
        ("index.json", b"\xff\xfe"),
    ],
)
def test_small_files_against_the_rules_are_refused(
    layout: Path, tmp_path: Path, file: str, content: bytes
) -> None:
    files = {**layout_files([ONE], [{}]), file: content}
    write_layout(layout, files)
    with pytest.raises(MalformedImageError):
        OciLayoutSource(layout)
    (tmp_path / "a.tar").write_bytes(tar(files))
    with pytest.raises(MalformedImageError):
        OciArchiveSource.open(tmp_path / "a.tar")


def test_too_many_images_are_refused(layout: Path) -> None:
    entry = b'{"digest":"%s","size":1}' % str(ONE.top.digest).encode()
    raw = b'{"schemaVersion":2,"manifests":[' + b",".join([entry] * 10_001) + b"]}"
    write_layout(layout, {**layout_files([ONE], [{}]), "index.json": raw})
    with pytest.raises(MalformedImageError, match="more than 10000 images"):
        OciLayoutSource(layout)


def test_a_manifest_has_a_bound(layout: Path) -> None:
    written(layout, [ONE], [{}])
    large = Descriptor(media_types.OCI_MANIFEST, ONE.top.digest, 5_000_000)
    with pytest.raises(MalformedImageError, match="more than 4194304"):
        OciLayoutSource(layout).manifest(large)


def test_an_altered_manifest_is_refused(layout: Path) -> None:
    written(layout, [ONE], [{}])
    path = layout / "blobs" / "sha256" / ONE.top.digest.hex
    path.write_bytes(ONE.raw.replace(b'"size"', b'"Size"', 1))
    with pytest.raises(DigestMismatchError):
        OciLayoutSource(layout).manifest(ONE.top)


@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_a_blob_that_is_no_file_is_not_followed(layout: Path, tmp_path: Path, kind: str) -> None:
    written(layout, [ONE], [{}])
    path = layout / "blobs" / "sha256" / ONE.layers[0].digest.hex
    content = path.read_bytes()
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        (tmp_path / "elsewhere").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        list(OciLayoutSource(layout).blob(ONE.layers[0]))


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["schemaVersion", "manifests", "digest", "size", "annotations"]),
        inner, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_index_is_read_or_refused(raw: bytes) -> None:
    for name in (None, "1"):
        try:
            layout_index.choose("d", raw, name)
        except ImageFormError:
            continue


# --- writing


def test_a_layout_is_written_as_the_specification_has_it(layout: Path) -> None:
    with OciLayoutTarget(layout) as target:
        finished(target, ONE, NAME)
    assert json.loads((layout / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert index(layout) == [
        {
            "mediaType": ONE.top.media_type,
            "digest": str(ONE.top.digest),
            "size": ONE.top.size,
            "annotations": {REF: "1", FULL: "registry.test/team/app:1"},
        }
    ]
    assert sorted(path.name for path in layout.iterdir()) == ["blobs", "index.json", "oci-layout"]
    blobs = list((layout / "blobs" / "sha256").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in blobs} == {0o644}
    assert all(Digest.of(path.read_bytes()).hex == path.name for path in blobs)


def test_what_a_layout_holds_already_stays_as_it_is(layout: Path) -> None:
    written(layout, [ONE], [{REF: "1", "org.example": "kept"}])
    before = index(layout)
    with OciLayoutTarget(layout, "2") as target:
        finished(target, TWO, NAME)
    assert index(layout)[0] == before[0]
    assert OciLayoutSource(layout, "2").top() == TWO.top
    assert content_of(OciLayoutSource(layout, "1"))


def test_an_image_without_a_name_gets_one_by_being_written_with_one(layout: Path) -> None:
    with OciLayoutTarget(layout) as target:
        finished(target, ONE, None)
        assert "annotations" not in index(layout)[0]
        finished(target, ONE, NAME)
    assert len(index(layout)) == 1


def test_an_index_is_written_byte_for_byte(layout: Path) -> None:
    top, raw = index_of(ONE, TWO)
    with OciLayoutTarget(layout) as target:
        put(target, ONE, TWO)
        target.put_manifest(top, raw)
        target.finish(top, NAME)
    source = OciLayoutSource(layout, "1")
    assert (source.top(), source.manifest(top)) == (top, raw)


def test_layers_that_may_stay_elsewhere_may_be_missing(layout: Path) -> None:
    foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    document = json.loads(ONE.raw)
    document["layers"].append({"mediaType": foreign, "digest": str(Digest.of(b"x")), "size": 1})
    raw = json.dumps(document).encode()
    top = Descriptor(media_types.OCI_MANIFEST, Digest.of(raw), len(raw))
    with OciLayoutTarget(layout) as target:
        put(target, ONE)
        target.put_manifest(top, raw)
        target.finish(top, NAME)
    assert OciLayoutSource(layout).top() == top


def test_a_torn_write_leaves_the_layout_as_it_was(layout: Path) -> None:
    with OciLayoutTarget(layout) as target:
        finished(target, ONE, NAME)
    before = (layout / "index.json").read_bytes()
    with OciLayoutTarget(layout) as target:
        put(target, TWO)
        (layout / "blobs" / "sha256" / TWO.layers[0].digest.hex).unlink()
        with pytest.raises(ContentMissingError):
            target.finish(TWO.top, NAME)
    assert (layout / "index.json").read_bytes() == before
    assert OciLayoutSource(layout, "1").top() == ONE.top


def test_a_torn_blob_is_not_taken_for_the_blob_and_is_written_anew(layout: Path) -> None:
    written(layout, [ONE], [{REF: "1"}])
    layer = ONE.layers[0]
    path = layout / "blobs" / "sha256" / layer.digest.hex
    path.write_bytes(bytes(layer.size))  # what a power failure makes of it: the size, not the bytes
    with OciLayoutTarget(layout) as target:
        assert not target.has(layer)
        target.put_blob(layer, lambda offset: from_offset(ONE.blobs[layer], offset))
        assert target.has(layer)
    assert path.read_bytes() == ONE.blobs[layer]


def test_what_was_refused_does_not_stay_on_the_disk(layout: Path) -> None:
    with OciLayoutTarget(layout) as target:
        with pytest.raises(SizeMismatchError):
            target.put_blob(ONE.layers[0], partial(from_offset, bytes(10_000_000)))
        assert not list(layout.glob(".sealyard-*/*"))


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(MalformedImageError, match="neither empty nor an OCI image layout"):
        OciLayoutTarget(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_an_interrupted_copy_left_is_gone_on_with(tmp_path: Path) -> None:
    left = tmp_path / "blobs" / "sha256" / ("0" * 64)
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a bl")
    (tmp_path / ".sealyard-killed").mkdir()
    with OciLayoutTarget(tmp_path) as target:
        put(target, ONE)
        target.finish(ONE.top, None)
    assert (tmp_path / "index.json").exists()


def test_a_folder_that_was_made_in_vain_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with OciLayoutTarget(folder) as target, pytest.raises(DigestMismatchError):
        target.put_manifest(ONE.top, b"x" * ONE.top.size)
    assert list(tmp_path.iterdir()) == []
    folder.mkdir()
    with OciLayoutTarget(folder) as target, pytest.raises(DigestMismatchError):
        target.put_manifest(ONE.top, b"x" * ONE.top.size)
    with OciLayoutTarget(folder) as target:
        put(target, ONE)
        target.finish(ONE.top, None)
    assert (folder / "index.json").exists()


def test_a_disk_that_says_no_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(StorageError, match="Not a directory"),
        OciLayoutTarget(tmp_path / "file" / "layout"),
    ):
        pass


def test_a_target_is_used_within_its_block(layout: Path) -> None:
    target = OciLayoutTarget(layout)
    with pytest.raises(NotOpenError):
        put(target, ONE)
