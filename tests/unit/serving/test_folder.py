"""One server per data folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from sealyard.serving.folder import DataFolderError, hold

if TYPE_CHECKING:
    from pathlib import Path


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    os.close(hold(tmp_path / "data"))
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_second_server_is_refused_with_what_to_do(tmp_path: Path) -> None:
    lock = hold(tmp_path / "data")
    with pytest.raises(DataFolderError, match="--data-dir"):
        hold(tmp_path / "data")
    os.close(lock)
    os.close(hold(tmp_path / "data"))


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataFolderError, match="cannot be used"):
        hold(tmp_path / "data")
