from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_images import (
    Sample,
    content_of,
    docker_24,
    docker_25,
    finished,
    index_of,
    podman_save,
    put,
    sample,
    tar,
)
from sealyard.client.images import docker_image, docker_listing
from sealyard.client.images.archive_target import ArchiveTarget
from sealyard.client.images.docker_form import DockerArchiveForm
from sealyard.client.images.docker_source import docker_archive_source
from sealyard.client.images.errors import (
    AmbiguousImageError,
    ContentMissingError,
    ImageFormError,
    ImageNotInFormError,
    MalformedImageError,
    UnsupportedContentError,
)
from sealyard.client.images.oci_archive import OciArchiveSource
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = sample("lower", "one"), sample("lower", "two")
TWICE = sample("same", "same")
NAME = ImageReference.parse("registry.test/team/app:1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "image.tar"


def archive_of(one: Sample, **changed: bytes | None) -> bytes:
    """Return an archive in docker's form, some of its files changed or left out."""
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(docker_24({"app:1": one}))) as opened:
        for entry in opened:
            content = opened.extractfile(entry)
            assert content is not None
            files[entry.name] = content.read()
    short = {name.rpartition("/")[2].rpartition(".")[0]: name for name in files}
    for name, value in changed.items():
        full = short.get(name, name)
        if value is None:
            del files[full]
        else:
            files[full] = value
    return tar(files)


# --- archives of every age


@pytest.mark.parametrize("form", ["24", "25", "podman"])
@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_every_form_gives_the_image_that_a_push_would_make(
    path: Path, form: str, packing: str
) -> None:
    raw = {
        "24": docker_24({"app:1": ONE}),
        "25": docker_25({"app:1": ONE}),
        "podman": podman_save("app:1", ONE),
    }[form]
    path.write_bytes(gzip.compress(raw) if packing == "gzip" else raw)
    with docker_archive_source(path, "app:1") as source:
        top = source.top()
        assert top.media_type == media_types.DOCKER_MANIFEST
        document = json.loads(source.manifest(top))
        assert document["config"] == {
            "mediaType": docker_image.CONFIG,
            "size": len(ONE.config),
            "digest": str(Digest.of(ONE.config)),
        }
        assert {layer["mediaType"] for layer in document["layers"]} == {docker_image.LAYER}
        content = content_of(source)
        unpacked = [
            gzip.decompress(content[Digest.parse(one["digest"])]) for one in document["layers"]
        ]
        assert tuple(unpacked) == ONE.unpacked


def test_the_manifest_is_spelt_as_docker_spells_it() -> None:
    config = b'{"rootfs":{"type":"layers","diff_ids":[]}}'
    layer = Descriptor(docker_image.LAYER, Digest.of(b"layer"), 5)
    _, raw = docker_image.manifest(config, [layer])
    assert raw.decode() == (
        "{\n"
        '   "schemaVersion": 2,\n'
        '   "mediaType": "application/vnd.docker.distribution.manifest.v2+json",\n'
        '   "config": {\n'
        '      "mediaType": "application/vnd.docker.container.image.v1+json",\n'
        f'      "size": {len(config)},\n'
        f'      "digest": "{Digest.of(config)}"\n'
        "   },\n"
        '   "layers": [\n'
        "      {\n"
        '         "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",\n'
        '         "size": 5,\n'
        f'         "digest": "{layer.digest}"\n'
        "      }\n"
        "   ]\n"
        "}"
    )


def test_a_layer_that_comes_twice_is_a_link_the_second_time(path: Path) -> None:
    path.write_bytes(docker_24({"app:1": TWICE}))
    with docker_archive_source(path) as source:
        layers = json.loads(source.manifest(source.top()))["layers"]
        assert len(layers) == 2
        assert layers[0] == layers[1]


def test_layers_that_are_packed_in_the_archive_are_taken_too(path: Path) -> None:
    listing = [{"Config": "c.json", "RepoTags": None, "Layers": ["a", "b"]}]
    packed = dict(zip("ab", map(gzip.compress, ONE.unpacked), strict=True))
    listed = json.dumps(listing).encode()
    path.write_bytes(tar({**packed, "c.json": ONE.config, "manifest.json": listed}))
    plain = path.with_name("plain.tar")
    plain.write_bytes(docker_24({"app:1": ONE}))
    with docker_archive_source(path) as source, docker_archive_source(plain) as other:
        assert source.top() == other.top()


# --- which image is meant


def test_images_are_told_apart_by_name_tag_and_position(path: Path) -> None:
    path.write_bytes(docker_24({"app:1": ONE, "team/app:2": TWO, "app:latest": ONE}))
    for name, config in (
        ("app:1", ONE.config),
        ("app", ONE.config),
        ("docker.io/library/app:1", ONE.config),
        ("team/app:2", TWO.config),
        ("2", TWO.config),
        ("@1", TWO.config),
    ):
        with docker_archive_source(path, name) as source:
            assert config in content_of(source).values()
    with pytest.raises(AmbiguousImageError, match=r"app:1, app:latest, team/app:2"):
        docker_archive_source(path)
    for name in ("app:3", "@2", "@", "other"):
        with pytest.raises(ImageNotInFormError):
            docker_archive_source(path, name)


# --- archives that lie


def test_a_layer_that_is_not_what_the_config_says_is_refused(path: Path) -> None:
    path.write_bytes(archive_of(sample("one"), layer=TWO.unpacked[1]))
    with docker_archive_source(path) as source, pytest.raises(DigestMismatchError):
        source.top()


def test_a_config_that_is_not_what_its_name_says_is_refused(path: Path) -> None:
    one = sample("one")
    name = Digest.of(one.config).hex
    path.write_bytes(archive_of(one, **{name: one.config.replace(b"amd64", b"arm64")}))
    with pytest.raises(DigestMismatchError):
        docker_archive_source(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest", None),
        ("manifest", b"[]"),
        ("manifest", b"{}"),
        ("manifest", b"[" * 100_000),
        ("manifest", b'[{"Config": 5}]'),
        ("manifest", b'[{"Config": "absent.json", "Layers": []}]'),
        ("manifest", b'[{"Config": "../../etc/passwd", "Layers": []}]'),
        ("manifest", b'[{"Config": "manifest.json", "Layers": []}]'),
        ("manifest", b" " * 5_000_000),
        ("layer", None),
    ],
)
def test_an_archive_that_does_not_fit_itself_is_refused(
    path: Path, name: str, content: bytes | None
) -> None:
    path.write_bytes(archive_of(sample("one"), **{name: content}))
    with pytest.raises(ImageFormError):
        docker_archive_source(path)


@pytest.mark.parametrize(
    "config",
    [
        b"{}",
        b'{"rootfs": {"diff_ids": ["sha256:short"]}}',
        b'{"rootfs": {"diff_ids": "none"}}',
        b'{"rootfs": {"diff_ids": []}}',
        json.dumps({"rootfs": {"diff_ids": [str(Digest.of(b""))] * 1001}}).encode(),
    ],
)
def test_a_config_that_names_no_layers_or_too_many_is_refused(path: Path, config: bytes) -> None:
    listing = [{"Config": "c.json", "Layers": ["l"]}]
    listed = json.dumps(listing).encode()
    path.write_bytes(tar({"l": b"", "c.json": config, "manifest.json": listed}))
    with pytest.raises(MalformedImageError):
        docker_archive_source(path)


@pytest.mark.parametrize(
    "target",
    ["../../../etc/passwd", "/etc/passwd", "../absent/layer.tar", "layer.tar", "../folder"],
)
def test_a_link_that_leads_to_no_layer_is_refused(path: Path, target: str) -> None:
    config = json.dumps({"rootfs": {"diff_ids": [str(Digest.of(b""))]}}).encode()
    listed = json.dumps([{"Config": "c.json", "Layers": ["a/layer.tar"]}]).encode()
    files = {"folder/x": b"", "c.json": config, "manifest.json": listed}
    path.write_bytes(tar(files, {"a/layer.tar": target}))
    with pytest.raises(ImageFormError):
        docker_archive_source(path)


def test_nothing_else_is_followed(path: Path) -> None:
    config = json.dumps({"rootfs": {"diff_ids": []}}).encode()
    path.write_bytes(tar({"x.json": config}, {"manifest.json": "x.json"}))
    with pytest.raises(MalformedImageError, match="symbolic link"):
        docker_archive_source(path)
    path.write_bytes(tar({"x": b""}, {"oci-layout": "x"}))
    with pytest.raises(MalformedImageError, match="symbolic link"):
        OciArchiveSource.open(path)


def test_an_archive_that_is_packed_and_damaged_is_refused(path: Path) -> None:
    raw = gzip.compress(docker_24({"app:1": ONE}))
    for spoilt in (raw[:-20], raw[:500], raw[:100] + b"\0" * 50 + raw[150:]):
        path.write_bytes(spoilt)
        with pytest.raises(MalformedImageError):
            docker_archive_source(path)


def test_one_form_taken_for_the_other_is_told(path: Path) -> None:
    path.write_bytes(docker_24({"app:1": ONE}))
    with pytest.raises(MalformedImageError, match="docker-archive:"):
        OciArchiveSource.open(path)
    path.write_bytes(tar({"oci-layout": b"{}"}))
    with pytest.raises(MalformedImageError, match="oci-archive:"):
        docker_archive_source(path)
    with pytest.raises(ImageNotInFormError):
        docker_archive_source(path.with_name("nothing.tar"))


@given(st.binary(max_size=300))
def test_any_listing_is_read_or_refused(raw: bytes) -> None:
    try:
        docker_listing.choose("a.tar", docker_listing.images("a.tar", raw), "app:1")
    except ImageFormError:
        return


# --- writing


def written(path: Path, *images: Sample, names: list[ImageReference | None]) -> dict[str, bytes]:
    with ArchiveTarget(path, DockerArchiveForm(str(path))) as target:
        for image, name in zip(images, names, strict=True):
            finished(target, image, name)
    with tarfile.open(path) as opened:
        files = {entry.name: opened.extractfile(entry) for entry in opened}
        return {name: content.read() for name, content in files.items() if content is not None}


def test_what_docker_load_needs_is_written_and_nothing_else(path: Path) -> None:
    files = written(path, ONE, names=[NAME])
    config, *layers = [f"blobs/sha256/{Digest.of(one).hex}" for one in (ONE.config, *ONE.unpacked)]
    tags = ["registry.test/team/app:1"]
    assert json.loads(files.pop("manifest.json")) == [
        {"Config": config, "RepoTags": tags, "Layers": layers}
    ]
    assert files == dict(zip((config, *layers), (ONE.config, *ONE.unpacked), strict=True))
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_layers_that_images_share_are_written_once(path: Path) -> None:
    second = NAME.with_tag("2")
    files = written(path, ONE, TWO, ONE, names=[NAME, second, NAME.with_tag("latest")])
    listing = json.loads(files["manifest.json"])
    assert [image["RepoTags"] for image in listing] == [
        ["registry.test/team/app:1", "registry.test/team/app:latest"],
        ["registry.test/team/app:2"],
    ]
    assert len(files) == 1 + 2 + 3


def test_a_name_of_the_place_goes_before_that_of_the_image(path: Path) -> None:
    form = DockerArchiveForm(str(path), ImageReference.familiar("mine:1"))
    with ArchiveTarget(path, form) as target:
        finished(target, ONE, NAME)
    with docker_archive_source(path, "mine:1") as source:
        assert ONE.config in content_of(source).values()


def test_a_layer_that_the_config_does_not_mean_is_not_written(path: Path) -> None:
    document = json.loads(ONE.raw)
    document["layers"].reverse()
    raw = json.dumps(document).encode()
    top = Descriptor(media_types.OCI_MANIFEST, Digest.of(raw), len(raw))
    with ArchiveTarget(path, DockerArchiveForm(str(path))) as target:
        put(target, ONE)
        target.put_manifest(top, raw)
        with pytest.raises(DigestMismatchError):
            target.finish(top, NAME)
    assert not path.exists()


def test_what_docker_has_no_place_for_is_refused(path: Path) -> None:
    top, raw = index_of(ONE)
    zstd = ONE.raw.replace(b"tar+gzip", b"tar+zstd")
    with ArchiveTarget(path, DockerArchiveForm(str(path))) as target:
        put(target, ONE)
        for kind, content in ((top.media_type, raw), (media_types.OCI_MANIFEST, zstd)):
            other = Descriptor(kind, Digest.of(content), len(content))
            target.put_manifest(other, content)
            with pytest.raises(UnsupportedContentError, match=r"--platform|oci-archive"):
                target.finish(other, NAME)
    assert not path.exists()


def test_the_file_before_stays_until_the_new_one_is_whole(path: Path) -> None:
    path.write_bytes(b"before")
    with ArchiveTarget(path, DockerArchiveForm(str(path))) as target:
        target.put_manifest(ONE.top, ONE.raw)
        with pytest.raises(ContentMissingError):
            target.finish(ONE.top, NAME)
        assert path.read_bytes() == b"before"
        finished(target, ONE, NAME)
    with docker_archive_source(path) as source:
        assert ONE.config in content_of(source).values()
