"""The token endpoint in process, over a registry after its first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette

from directory_setup import ADDRESS, DirectorySetup
from sealyard.api.tokens.routes import TokenDoor, routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DirectorySetup]:
    directory = DirectorySetup.started(tmp_path)
    yield directory
    directory.close()


@pytest.fixture
def connect(directory: DirectorySetup) -> Callable[[], httpx.AsyncClient]:
    door = TokenDoor(
        registry=directory.authenticator,
        management=directory.management_authenticator,
        tokens=directory.tokens,
        login_servers=("localhost:5443", "registry.example.com"),
        name_prefixes=("localhost:5443/", "registry.example.com/"),
    )
    transport = httpx.ASGITransport(Starlette(routes=routes(door)), client=(ADDRESS, 4711))
    return lambda: httpx.AsyncClient(transport=transport, base_url="https://localhost:5443")
