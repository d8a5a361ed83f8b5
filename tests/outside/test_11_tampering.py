"""What somebody between docker and the registry can do: nothing that docker does not notice.

The words are docker's own. The proxy stands where the trust server is expected
(``DOCKER_CONTENT_TRUST_SERVER``); what it passes on is the registry's.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.engine import Docker
from real.interposer import Interposer
from real.registry import OWNER_PASSWORD, Cli, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from real.engine import Engine

    NewDocker = Callable[[str], Docker]

pytestmark = pytest.mark.usefixtures("signers")
IMAGE = "tampered/app:1"
PASSWORD = "a person's long password"


@pytest.fixture(scope="module")
def signed(publisher: Docker) -> Docker:
    publisher.sign(SMALL, IMAGE).ok()
    return publisher


@pytest.fixture
def interposer(registry: Registry, signed: Docker) -> Iterator[Interposer]:
    del signed
    interposer = Interposer(registry)
    yield interposer
    interposer.close()


@pytest.fixture
def consumer(new_docker: NewDocker, request: pytest.FixtureRequest) -> Docker:
    docker = new_docker(request.node.name)
    docker.login("admin", OWNER_PASSWORD).ok()
    return docker


def _through(docker: Docker, interposer: Interposer) -> Docker:
    docker.env["DOCKER_CONTENT_TRUST_SERVER"] = interposer.url
    return docker


def test_an_honest_one_between_changes_nothing(consumer: Docker, interposer: Interposer) -> None:
    _through(consumer, interposer).trusted("pull", consumer.name(IMAGE)).ok()
    assert any("timestamp.json" in path for path, _ in interposer.seen)


def test_altered_targets_are_noticed(consumer: Docker, interposer: Interposer) -> None:
    interposer.alter = lambda path, body: (
        body.replace(b'"length":', b'"length":1') if "/targets." in path else body
    )
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    assert refused.code == 1
    assert "Pull (1 of 1)" not in refused.out


def test_an_altered_timestamp_is_noticed(consumer: Docker, interposer: Interposer) -> None:
    interposer.alter = lambda path, body: (
        body.replace(b'"version":', b'"version":1') if "timestamp.json" in path else body
    )
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    refused.refused("valid signatures did not meet threshold for timestamp")


def test_older_trust_data_is_a_rollback(
    consumer: Docker, interposer: Interposer, publisher: Docker
) -> None:
    image = "tampered/rolled:1"
    publisher.sign(SMALL, image).ok()
    consumer.trusted("pull", consumer.name(image)).ok()
    gun = consumer.home / ".docker" / "trust" / "tuf" / consumer.name("tampered/rolled")
    old = {path.stem: path.read_bytes() for path in (gun / "metadata").glob("*.json")}
    publisher.sign(OTHER, image).ok()
    consumer.trusted("pull", consumer.name(image)).ok()
    interposer.alter = lambda path, body: old["timestamp"] if "timestamp.json" in path else body
    refused = _through(consumer, interposer).trusted("pull", consumer.name(image))
    refused.refused("trust data version is lower than expected")


def test_a_server_that_answers_nonsense_is_not_believed(
    consumer: Docker, interposer: Interposer
) -> None:
    interposer.alter = lambda path, body: b"<html>" if path.endswith(".json") else body
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    refused.refused("invalid character '<'")


def test_a_failing_server_is_named(consumer: Docker, interposer: Interposer) -> None:
    interposer.status = {".json": 500}
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    refused.refused("unable to reach trust server at this time: 500")


def test_wrong_credentials_are_told_in_words(new_docker: NewDocker, signed: Docker) -> None:
    del signed
    docker = new_docker("wrong-password")
    docker.login("admin", "not the password").refused("unauthorized")
    docker.trusted("pull", docker.name(IMAGE)).refused()


def test_who_may_not_pull_reads_no_trust_data(
    new_docker: NewDocker, owner: Cli, signed: Docker
) -> None:
    del signed
    owner.new_user("outsider", PASSWORD)
    docker = new_docker("outsider")
    docker.login("outsider", PASSWORD).ok()
    refused = docker.trusted("pull", docker.name(IMAGE))
    refused.refused("you are not authorized to perform this operation: server returned 401")


@pytest.fixture(scope="module")
def short_lived(
    tmp_path_factory: pytest.TempPathFactory, engine: Engine
) -> Iterator[tuple[Registry, Docker]]:
    """Give a registry whose timestamps and tokens live for a minute only, and docker on it."""
    folder = tmp_path_factory.mktemp("short-lived")
    registry = Registry(folder, "--timestamp-lifetime", "60s", "--token-lifetime", "60s").start()
    owner = Cli(registry, folder / "owner")
    owner.login().ok()
    owner.trust("enabled").ok()
    owner.grant("AcrImageSigner", "admin@myregistry.local").ok()
    docker = Docker(engine, registry.server, registry.ca, folder / "docker")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.sign(SMALL, "short/app:1").ok()
    yield registry, docker
    registry.stop()


def test_a_held_back_timestamp_expires_while_the_registry_renews_its_own(
    short_lived: tuple[Registry, Docker],
) -> None:
    registry, docker = short_lived
    image = docker.name("short/app:1")
    docker.trusted("pull", image).ok()
    trust = docker.trust_folder / "tuf" / docker.name("short/app") / "metadata"
    held = (trust / "timestamp.json").read_bytes()
    time.sleep(61)
    docker.trusted("pull", image).ok()
    assert (trust / "timestamp.json").read_bytes() != held
    interposer = Interposer(registry)
    interposer.alter = lambda path, body: held if "timestamp.json" in path else body
    shutil.rmtree(docker.trust_folder / "tuf")
    refused = _through(docker, interposer).trusted("pull", image)
    interposer.close()
    refused.refused("timestamp expired at")
