from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from images_shell import ImagesShell
from memory_images import MemoryImage
from remote_registry import HOST, RemoteRegistry
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from pathlib import Path

HERE = f"{HOST}/team/app"
THERE = f"{HOST}/team/copy"


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> ImagesShell:
    return ImagesShell(tmp_path, capsys, monkeypatch, RemoteRegistry())


def add(registry: RemoteRegistry, *tags: str) -> list[Digest]:
    """Put an image there for each tag; return their digests."""
    made = []
    for tag in tags:
        image = MemoryImage()
        top = image.add_image(f"layer of {tag}".encode(), architecture="arm64")
        for content in image.content.values():
            registry.add_blob(content)
        made.append(registry.add_manifest(image.manifest(top), top.media_type, tag=tag))
    return made


def test_an_image_gets_another_name_in_the_same_registry(shell: ImagesShell) -> None:
    (digest,) = add(shell.registry, "1.0")
    code, out, err = shell.run("copy", f"{HERE}:1.0", f"{THERE}:2.0")
    assert (code, out) == (0, f"{THERE}:2.0@{digest}\n")
    assert shell.registry.tags["team/copy", "2.0"] == digest
    assert "mounted" in err
    assert ("team/copy", Digest.of(b"layer of 1.0")) in shell.registry.blobs
    assert "not signed" not in err


def test_quiet_prints_the_result_only(shell: ImagesShell) -> None:
    (digest,) = add(shell.registry, "1.0")
    code, out, err = shell.run("copy", "-q", f"{HERE}:1.0", f"{THERE}:2.0")
    assert (code, out, err) == (0, f"{THERE}:2.0@{digest}\n", "")


def test_all_tags_keep_their_names(shell: ImagesShell) -> None:
    one, two = add(shell.registry, "1.0", "2.0")
    assert shell.run("copy", "--all-tags", HERE, THERE)[0] == 0
    copied = {
        tag: digest for (name, tag), digest in shell.registry.tags.items() if name[5:] == "copy"
    }
    assert copied == {"1.0": one, "2.0": two}


def test_an_image_goes_into_a_folder_and_back(shell: ImagesShell) -> None:
    (digest,) = add(shell.registry, "1.0")
    folder = shell.folder / "layout"
    code, out, err = shell.run("copy", f"{HERE}:1.0", f"oci:{folder}")
    assert (code, out) == (0, f"{digest}\n"), err
    index = json.loads((folder / "index.json").read_text())
    assert index["manifests"][0]["digest"] == str(digest)
    code, out, err = shell.run("copy", f"oci:{folder}", f"{THERE}:1.0")
    assert (code, out) == (0, f"{THERE}:1.0@{digest}\n"), err
    archive = shell.folder / "image.tar"
    code, out, err = shell.run("copy", f"oci:{folder}", f"oci-archive:{archive}")
    assert (code, out) == (0, f"{digest}\n"), err


def test_an_image_for_another_platform_is_not_copied(shell: ImagesShell) -> None:
    add(shell.registry, "1.0")
    code, _, err = shell.run("copy", "--platform", "linux/s390x", f"{HERE}:1.0", f"{THERE}:1.0")
    assert code == 1
    assert "it is for: linux/arm64" in err


def test_an_unsigned_tag_is_not_copied_by_whoever_wants_signed_ones(shell: ImagesShell) -> None:
    (digest,) = add(shell.registry, "1.0")
    shell.monkeypatch.setenv("DOCKER_CONTENT_TRUST", "1")
    assert shell.run("copy", f"{HERE}:1.0", f"{THERE}:1.0")[:2] == (1, "")
    assert ("team/copy", "1.0") not in shell.registry.tags
    # A digest names its bytes by itself.
    code, _, err = shell.run("copy", f"{HERE}@{digest}", f"{THERE}:1.0")
    assert code == 0
    assert f"{THERE}:1.0 is not signed" in err


def test_what_is_missing_is_said(shell: ImagesShell) -> None:
    code, _, err = shell.run("copy", f"{HERE}:1.0", f"{THERE}:1.0")
    assert code == 1
    assert err.startswith(f"there is no image 1.0 in {HERE}")


@pytest.mark.parametrize(
    "arguments",
    [
        [HERE],
        ["--sign", HERE, "oci:folder"],
        ["--all-tags", "oci:folder", HERE],
        ["--all-tags", HERE, "oci:folder:name"],
        ["--all-tags", f"{HERE}@{Digest.of(b'')}", THERE],
        ["--signer", "alice", HERE, THERE],
    ],
)
def test_what_contradicts_itself_is_wrong_usage(shell: ImagesShell, arguments: list[str]) -> None:
    assert shell.run("copy", *arguments)[0] == 2
    assert shell.registry.requests == []


def test_nothing_is_copied_to_a_digest(shell: ImagesShell) -> None:
    (digest,) = add(shell.registry, "1.0")
    code, _, err = shell.run("copy", f"{HERE}:1.0", f"{THERE}@{digest}")
    assert code == 1
    assert "cannot push a digest reference" in err
