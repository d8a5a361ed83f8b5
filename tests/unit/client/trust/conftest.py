"""A trust server that takes publishes, the machine of an owner, and that of a consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publishing_machine import Machine, PublishingServer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def server() -> PublishingServer:
    return PublishingServer.empty()


@pytest.fixture
def owner(server: PublishingServer, tmp_path: Path) -> Machine:
    """Somebody who owns what is published: the first to sign begins the trust data."""
    return Machine(server, tmp_path / "owner")


@pytest.fixture
def consumer(server: PublishingServer, tmp_path: Path) -> Machine:
    return Machine(server, tmp_path / "consumer")
