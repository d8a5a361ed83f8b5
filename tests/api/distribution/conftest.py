"""Registries driven in process: no sockets, a real database, real files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from registry_client import RegistryClient
from sealyard.services.registry.limits import RegistryLimits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client(tmp_path: Path) -> Iterator[RegistryClient]:
    made = RegistryClient(tmp_path)
    yield made
    made.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[RegistryClient]:
    """Return a client of a registry with narrow limits."""
    limits = RegistryLimits(
        max_manifest_size=1000,
        max_page_size=3,
        max_open_uploads=2,
        upload_lifetime=timedelta(days=7),
    )
    made = RegistryClient(tmp_path, limits=limits)
    yield made
    made.close()
