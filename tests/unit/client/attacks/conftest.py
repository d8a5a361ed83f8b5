"""A hostile server that has published one tag, and a consumer who has not seen it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hostile_trust_server import Consumer, HostileTrustServer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def server() -> HostileTrustServer:
    return HostileTrustServer()


@pytest.fixture
def consumer(server: HostileTrustServer, tmp_path: Path) -> Consumer:
    return Consumer(server, tmp_path / "trust")
