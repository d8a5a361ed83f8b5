"""What the outside tests share: one engine with real images, one registry per story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real import content
from real.az import NEWEST, Az
from real.engine import Docker, Engine
from real.notary import Notary
from real.registry import OWNER_PASSWORD, Cli, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    NewDocker = Callable[[str], Docker]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded as properties."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else ():
            terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    with Engine(folder) as engine:
        content.load(engine, folder)
        yield engine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def registry(folder: Path) -> Iterator[Registry]:
    with Registry(folder) as registry:
        yield registry.start()


@pytest.fixture(scope="module")
def owner(registry: Registry, folder: Path) -> Cli:
    """Give the command line of the first Owner, signed in."""
    cli = Cli(registry, folder / "owner")
    cli.login().ok()
    return cli


@pytest.fixture(scope="module")
def az(registry: Registry, folder: Path) -> Az:
    """Give the newest az, signed in as the first Owner."""
    az = Az(NEWEST, registry, folder / "az-owner").register()
    az.login("admin@myregistry.local", OWNER_PASSWORD).ok()
    return az


@pytest.fixture(scope="module")
def signers(owner: Cli) -> Cli:
    """Switch content trust on and let the first Owner sign; return the Owner's command line."""
    owner.trust("enabled").ok()
    owner.grant("AcrImageSigner", "admin@myregistry.local").ok()
    return owner


@pytest.fixture(scope="module")
def new_docker(registry: Registry, engine: Engine, folder: Path) -> NewDocker:
    """Make docker homes by name: each a person with keys and trust data of its own."""
    return lambda name: Docker(engine, registry.server, registry.ca, folder / f"docker-{name}")


@pytest.fixture(scope="module")
def publisher(new_docker: NewDocker) -> Docker:
    """Give docker, signed in as the first Owner."""
    docker = new_docker("publisher")
    docker.login("admin", OWNER_PASSWORD).ok()
    return docker


@pytest.fixture(scope="module")
def notary(registry: Registry, folder: Path) -> Notary:
    """Give notary, signed in as the first Owner."""
    return Notary(registry, folder / "notary").login("admin", OWNER_PASSWORD)
