"""A worker's trust services in a fresh folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trust_service import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    made = Worker(tmp_path)
    yield made
    made.close()
