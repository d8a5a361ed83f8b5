"""What somebody between docker and the registry can do: nothing that docker does not notice.

The words are docker's own. The one between stands where the trust server is expected
(``DOCKER_CONTENT_TRUST_SERVER``), or where the whole registry is; what it passes on is the
registry's.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.interposer import Interposer
from real.notary import Notary
from real.processes import Done, free_port
from real.registry import OWNER_PASSWORD, Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from real.engine import Docker

    NewDocker = Callable[[str], Docker]

pytestmark = pytest.mark.usefixtures("signers")
IMAGE = "tampered/app:1"


@pytest.fixture(scope="module")
def between() -> int:
    """Give the port at which the registry is interposed."""
    return free_port()


@pytest.fixture(scope="module")
def registry(folder: Path, between: int) -> Iterator[Registry]:
    """Give a registry that also answers to the name at which it is interposed."""
    with Registry(folder) as registry:
        names = (registry.server, f"localhost:{between}")
        yield registry.start(*(word for name in names for word in ("--login-server", name)))


@pytest.fixture(scope="module")
def signed(publisher: Docker) -> Docker:
    publisher.sign(SMALL, IMAGE).ok()
    return publisher


@pytest.fixture
def interposer(registry: Registry, signed: Docker, between: int) -> Iterator[Interposer]:
    del signed
    interposer = Interposer(registry, between)
    yield interposer
    interposer.close()


@pytest.fixture
def consumer(new_docker: NewDocker, request: pytest.FixtureRequest) -> Docker:
    """Give docker, signed in, with nothing cached yet."""
    docker = new_docker(re.sub(r"\W+", "-", request.node.name))
    docker.login("admin", OWNER_PASSWORD).ok()
    return docker


def _through(docker: Docker, interposer: Interposer) -> Docker:
    docker.env["DOCKER_CONTENT_TRUST_SERVER"] = interposer.url
    return docker


def test_an_honest_one_between_changes_nothing(consumer: Docker, interposer: Interposer) -> None:
    _through(consumer, interposer).trusted("pull", consumer.name(IMAGE)).ok()
    assert any("timestamp.json" in path for path, _ in interposer.seen)


ALTERED = {
    "root": ("root.json", b'"version":1', b'"version":2', "failed to validate integrity of roots"),
    "timestamp": ("timestamp.json", b'"version":', b'"version":1', "threshold for timestamp"),
    "longer snapshot": ("/snapshot.", b'"version":', b'"version":1', "bad response"),
    "snapshot": ("/snapshot.", b'"Snapshot"', b'"Shapshot"', "checksum for snapshot"),
    "longer targets": ("/targets.", b'"length":', b'"length":1', "bad response"),
    "targets": ("/targets.", b'"targets":{"1"', b'"targets":{"2"', "checksum for targets"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_altered_trust_data_is_noticed(consumer: Docker, interposer: Interposer, what: str) -> None:
    part, old, new, says = ALTERED[what]

    def alter(path: str, body: bytes) -> bytes:
        if part not in path:
            return body
        assert old in body
        return body.replace(old, new)

    interposer.alter = alter
    _through(consumer, interposer).trusted("pull", consumer.name(IMAGE)).refused(says)


def test_a_file_that_is_withheld_is_noticed(consumer: Docker, interposer: Interposer) -> None:
    targets = [path for path, _ in _files(consumer, interposer) if "/targets." in path]
    interposer.status = {targets[0]: 404}
    shutil.rmtree(consumer.trust_folder / "tuf")
    refused = consumer.trusted("pull", consumer.name(IMAGE))
    refused.refused("trust data missing for remote repository")


def _files(consumer: Docker, interposer: Interposer) -> list[tuple[str, bytes]]:
    _through(consumer, interposer).trusted("pull", consumer.name(IMAGE)).ok()
    return interposer.seen


def test_the_trust_data_of_another_repository_is_not_believed(
    consumer: Docker, interposer: Interposer, publisher: Docker
) -> None:
    publisher.sign(OTHER, "tampered/other:1").ok()
    # The name stands in what the token is asked for too.
    interposer.ask = lambda text: re.sub(r"(tampered)(/|%2F)app", r"\1\2other", text)
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    refused.refused(
        "could not validate the path to a trusted root: unable to retrieve valid leaf certificates"
    )


def test_older_trust_data_is_a_rollback(
    consumer: Docker, interposer: Interposer, publisher: Docker
) -> None:
    image = "tampered/rolled:1"
    publisher.sign(SMALL, image).ok()
    consumer.trusted("pull", consumer.name(image)).ok()
    gun = consumer.home / ".docker" / "trust" / "tuf" / consumer.name("tampered/rolled")
    old = (gun / "metadata" / "timestamp.json").read_bytes()
    publisher.sign(OTHER, image).ok()
    consumer.trusted("pull", consumer.name(image)).ok()
    interposer.alter = lambda path, body: old if "timestamp.json" in path else body
    refused = _through(consumer, interposer).trusted("pull", consumer.name(image))
    refused.refused("trust data version is lower than expected", "is lower than current version")


def test_a_server_that_answers_nonsense_is_not_believed(
    consumer: Docker, interposer: Interposer
) -> None:
    interposer.alter = lambda path, body: b"<html>" if path.endswith(".json") else body
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    refused.refused("invalid character '<' looking for beginning of value")


def test_a_failing_server_is_named(consumer: Docker, interposer: Interposer) -> None:
    interposer.status = {".json": 500}
    refused = _through(consumer, interposer).trusted("pull", consumer.name(IMAGE))
    refused.refused("unable to reach trust server at this time: 500.")


def test_a_server_that_is_gone_is_named_and_does_not_hurt_who_read_before(
    consumer: Docker, interposer: Interposer
) -> None:
    nobody = {"DOCKER_CONTENT_TRUST_SERVER": f"https://localhost:{free_port()}"}
    consumer.env |= nobody
    consumer.trusted("pull", consumer.name(IMAGE)).refused("error contacting notary server: dial")
    _through(consumer, interposer).trusted("pull", consumer.name(IMAGE)).ok()
    consumer.env |= nobody
    pulled = consumer.trusted("pull", consumer.name(IMAGE)).ok()
    assert "using cached timestamp" in pulled.text


def test_an_image_that_was_swapped_behind_a_good_signature_is_not_pulled(
    registry: Registry, interposer: Interposer, new_docker: NewDocker, folder: Path
) -> None:
    """Docker and its engine both go through the one between, and call the registry by its name."""
    docker = new_docker("all-through")
    docker.login("admin", OWNER_PASSWORD).ok()
    # An image of this test's own: the engine does not ask again for a manifest that it has.
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /swapped\n")
    docker("build", "-t", "swapped:outside", "-f", folder / "Dockerfile", folder).ok()
    digest = _digest(docker.push("swapped:outside", "swapped/app:1").ok())
    notary = Notary(registry, folder / "notary").login("admin", OWNER_PASSWORD)
    docker.server = interposer.server
    gun = docker.name("swapped/app")
    notary("init", gun, "-p").ok()
    notary("addhash", gun, "1", "500", "--sha256", digest.removeprefix("sha256:"), "-p").ok()
    docker.login("admin", OWNER_PASSWORD).ok()
    interposer.alter = lambda path, body: (
        body.replace(b'"size"', b' "size"') if "/manifests/" in path else body
    )
    docker.trusted("pull", f"{gun}:1").refused("manifest verification failed for digest")
    interposer.alter = lambda _path, body: body
    assert digest in docker.trusted("pull", f"{gun}:1").ok().out


def _digest(pushed: Done) -> str:
    found = re.search(r"digest: (sha256:[0-9a-f]{64})", pushed.out)
    assert found is not None, pushed.out
    return found[1]
