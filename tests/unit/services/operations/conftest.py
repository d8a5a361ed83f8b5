"""One registry after its first start, for each test its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from directory_setup import DirectorySetup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DirectorySetup]:
    directory = DirectorySetup.started(tmp_path)
    yield directory
    directory.close()
