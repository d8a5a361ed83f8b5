"""One registry with its management doors, for each test its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from management_setup import ManagementSetup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ManagementSetup]:
    server = ManagementSetup(tmp_path)
    yield server
    server.close()
