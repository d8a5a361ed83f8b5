from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from images_shell import ImagesShell
from memory_images import MemoryImage
from remote_registry import HOST, RemoteRegistry
from sealyard.oci import media_types
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORY = f"{HOST}/team/app"


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> ImagesShell:
    return ImagesShell(tmp_path, capsys, monkeypatch, RemoteRegistry())


def pushed(registry: RemoteRegistry, image: MemoryImage, tag: str) -> Digest:
    """Put an image there, with all it consists of; its top gets the tag."""
    top = image.top()
    for one in image.tops:
        registry.add_manifest(image.content[one.digest], one.media_type)
    for content in image.content.values():
        registry.add_blob(content)
    return registry.add_manifest(image.content[top.digest], top.media_type, tag=tag)


def test_tags_and_repositories_are_listed(shell: ImagesShell) -> None:
    image = MemoryImage()
    image.add_image(b"layer")
    pushed(shell.registry, image, "1.0")
    assert shell.json("list", REPOSITORY) == ["1.0"]
    assert shell.json("list", HOST) == ["team/app"]
    assert shell.run("list", REPOSITORY, "-o", "tsv")[1] == "1.0\n"


def test_an_image_is_shown_with_its_configuration(shell: ImagesShell) -> None:
    image = MemoryImage()
    image.add_image(b"layer", architecture="arm64")
    digest = pushed(shell.registry, image, "1.0")
    shown = shell.json("inspect", f"{REPOSITORY}:1.0")
    assert shown["name"] == f"{REPOSITORY}:1.0"
    assert shown["digest"] == str(digest)
    assert shown["mediaType"] == media_types.OCI_MANIFEST
    assert shown["config"] == {"architecture": "arm64", "os": "linux"}
    assert shown["manifest"]["layers"][0]["digest"] == str(Digest.of(b"layer"))
    assert "platforms" not in shown


def test_an_index_is_shown_with_its_platforms(shell: ImagesShell) -> None:
    image = MemoryImage()
    amd64 = image.add_image(b"layer")
    image.add_index((amd64, {"os": "linux", "architecture": "amd64"}), (amd64, None))
    digest = pushed(shell.registry, image, "1.0")
    shown = shell.json("inspect", f"{REPOSITORY}@{digest}")
    assert [entry["platform"] for entry in shown["platforms"]] == ["linux/amd64", None]
    assert shown["platforms"][0]["digest"] == str(amd64.digest)
    assert "config" not in shown


def test_an_unsigned_image_is_not_shown_to_whoever_wants_signed_ones(shell: ImagesShell) -> None:
    image = MemoryImage()
    image.add_image(b"layer")
    pushed(shell.registry, image, "1.0")
    shell.monkeypatch.setenv("DOCKER_CONTENT_TRUST", "1")
    code, out, _ = shell.run("inspect", f"{REPOSITORY}:1.0")
    assert (code, out) == (1, "")
    code, _, _ = shell.run("inspect", "--disable-content-trust=true", f"{REPOSITORY}:1.0")
    assert code == 0


def test_what_is_missing_is_said(shell: ImagesShell) -> None:
    code, _, err = shell.run("inspect", f"{REPOSITORY}:1.0")
    assert code == 1
    assert err.startswith(f"error: there is no image 1.0 in {REPOSITORY}")


def test_a_tag_is_deleted_and_its_image_stays(shell: ImagesShell) -> None:
    image = MemoryImage()
    image.add_image(b"layer")
    digest = pushed(shell.registry, image, "1.0")
    code, _, err = shell.run("delete", f"{REPOSITORY}:1.0", "--yes")
    assert (code, err) == (0, f"Deleted the tag {REPOSITORY}:1.0.\n")
    assert ("team/app", digest) in shell.registry.manifests
    assert shell.run("delete", f"{REPOSITORY}@{digest}", "--yes")[0] == 0
    assert ("team/app", digest) not in shell.registry.manifests


def test_nothing_is_deleted_without_a_yes_or_a_name(shell: ImagesShell) -> None:
    image = MemoryImage()
    image.add_image(b"layer")
    pushed(shell.registry, image, "latest")
    code, _, err = shell.run("delete", f"{REPOSITORY}:latest")
    assert code == 1
    assert "add --yes" in err
    assert shell.run("delete", REPOSITORY, "--yes")[0] == 2
    assert list(shell.registry.tags) == [("team/app", "latest")]
