from __future__ import annotations

from pathlib import Path

import pytest

from sample_images import docker_24, layout_files, sample, tar, write_layout
from sealyard.client.images.errors import ImageFormError, InvalidLocationError
from sealyard.client.images.location import Form, Location, is_location, open_target
from sealyard.client.surroundings import Surroundings

SURROUNDINGS = Surroundings(Path("/nowhere"), Path("/nowhere"), Path("/nowhere"))


@pytest.mark.parametrize(
    ("text", "form", "path", "name"),
    [
        ("oci:images", Form.OCI, "images", None),
        ("oci:/a/b:1.0", Form.OCI, "/a/b", "1.0"),
        ("oci:d:registry.test:5000/app:1", Form.OCI, "d", "registry.test:5000/app:1"),
        ("oci:d:sha256:" + "a" * 64, Form.OCI, "d", "sha256:" + "a" * 64),
        ("oci-archive:a.tar:latest", Form.OCI_ARCHIVE, "a.tar", "latest"),
        ("docker-archive:a.tar", Form.DOCKER_ARCHIVE, "a.tar", None),
        ("docker-archive:a.tar:team/app:1", Form.DOCKER_ARCHIVE, "a.tar", "team/app:1"),
        ("docker-archive:a.tar:@2", Form.DOCKER_ARCHIVE, "a.tar", "@2"),
        ("docker:app:1", Form.ENGINE, ".", "app:1"),
        (
            "docker:localhost:5000/app@sha256:" + "b" * 64,
            Form.ENGINE,
            ".",
            "localhost:5000/app@sha256:" + "b" * 64,
        ),
    ],
)
def test_a_place_is_a_form_a_path_and_a_name(
    text: str, form: Form, path: str, name: str | None
) -> None:
    location = Location.parse(text)
    assert location == Location(form, Path(path), name)
    assert str(location) == text
    assert is_location(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "oci", "oci:", "oci::1", "oci:d:", "oci:d:a b", "oci:d:" + "n" * 600, "dir:d",
        "docker:", "docker:UPPER", "docker-archive:a.tar:", "docker-archive:a.tar:UPPER",
        "oci:a\0b", "OCI:d", "docker://registry.test/app",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_forms_that_there_are(text: str) -> None:
    with pytest.raises(InvalidLocationError, match="docker-archive:FILE"):
        Location.parse(text)


@pytest.mark.parametrize("text", ["alpine", "registry.test/app:1", "localhost:5000/oci:1"])
def test_a_name_in_a_registry_is_no_place(text: str) -> None:
    assert not is_location(text)


def test_the_home_folder_may_be_written_short() -> None:
    assert Location.parse("oci:~/images").path == Path.home() / "images"


@pytest.mark.parametrize(
    "text", ["oci:d:sha256:" + "a" * 64, "docker-archive:a.tar:@0", "docker:app@sha256:" + "a" * 64]
)
def test_a_name_to_read_by_is_no_name_to_write(text: str) -> None:
    with pytest.raises(InvalidLocationError):
        open_target(Location.parse(text), SURROUNDINGS)


def test_the_tags_of_a_folder_or_archive(tmp_path: Path) -> None:
    images = [sample("a"), sample("b"), sample("c")]
    names = ("1.0", "latest", "registry.test/app:9")
    notes = [{"org.opencontainers.image.ref.name": name} for name in names]
    files = layout_files(images, notes)
    write_layout(tmp_path / "layout", files)
    (tmp_path / "oci.tar").write_bytes(tar(files))
    docker = {"registry.test/app:1.0": images[0], "app:latest": images[1]}
    (tmp_path / "docker.tar").write_bytes(docker_24(docker))
    for place in ("oci:layout", "oci-archive:oci.tar", "docker-archive:docker.tar"):
        word, _, path = place.partition(":")
        assert Location.parse(f"{word}:{tmp_path / path}").tags() == ["1.0", "latest"]
    with pytest.raises(ImageFormError):
        Location.parse("docker:app").tags()
