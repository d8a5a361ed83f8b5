"""The master key: made once, read back, and refused in words when it is not one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from sealyard.keystore import master_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    made = master_key.read_or_make(path)
    assert master_key.read_or_make(path) == made
    assert len(made) == 32
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "short", base64.b64encode(b"x" * 31).decode(), "!" * 44])
def test_what_is_no_key_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(text)
    with pytest.raises(master_key.MasterKeyError) as caught:
        master_key.read(path)
    assert str(path) in str(caught.value)
    assert not text or text not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(master_key.MasterKeyError, match="nowhere"):
        master_key.read(tmp_path / "nowhere")
