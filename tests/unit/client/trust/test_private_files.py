from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from sealyard.client.trust.private_files import (
    create_private,
    is_exposed,
    make_private_folder,
    read_bounded,
    write_private,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_its_owners_whatever_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "key"
    write_private(path, b"one")
    path.chmod(0o644)
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert not is_exposed(path)
    assert {one.stat().st_mode & 0o777 for one in (path.parent, path.parent.parent)} == {0o700}


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    write_private(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, b"new")
    with pytest.raises(OSError, match="No space left"):
        create_private(tmp_path / "backup", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
    assert path.read_bytes() == b"old"


def test_what_is_written_is_durable_before_it_is_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        kind = "folder" if os.fstat(descriptor).st_mode & 0o040000 else "file"
        order.append(f"{kind} with {sorted(one.name[:4] for one in tmp_path.iterdir())}")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    write_private(tmp_path / "key", b"new")
    assert order == ["file with ['.new']", "folder with ['key']"]


def test_a_file_that_exists_is_not_created(tmp_path: Path) -> None:
    path, link = tmp_path / "backup", tmp_path / "link"
    create_private(path, b"one")
    link.symlink_to(tmp_path / "elsewhere")
    for taken in (path, link):
        with pytest.raises(FileExistsError):
            create_private(taken, b"two")
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o601, 0o777])
def test_any_bit_for_others_exposes_a_file(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    assert not is_exposed(path)
    path.chmod(mode)
    assert is_exposed(path)


def test_a_bound_shows_by_one_byte(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 100)
    assert len(read_bounded(path, 100)) == 100
    assert len(read_bounded(path, 99)) == 100
    assert len(read_bounded(path, 10)) == 11


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "docker"
    folder.mkdir()
    folder.chmod(0o755)
    make_private_folder(folder / "trust")
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "trust").stat().st_mode & 0o777 == 0o700
