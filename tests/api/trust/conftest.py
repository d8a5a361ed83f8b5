"""A client of the trust door over a fresh folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trust_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path)
    yield made
    made.worker.close()
