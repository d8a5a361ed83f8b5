"""Every implementation of the blob store seam; each test of the contract runs on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.blobstore.filesystem import FilesystemBlobStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["filesystem"])
def store(tmp_path: Path) -> Iterator[FilesystemBlobStore]:
    opened = FilesystemBlobStore(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def other_worker(store: FilesystemBlobStore, tmp_path: Path) -> Iterator[FilesystemBlobStore]:
    """Open the same store as another process would: it remembers nothing of the first one's."""
    opened = type(store)(tmp_path / "store")
    yield opened
    opened.close()
