"""Several people sign in one repository at the same time, with the same keys."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.interposer import Interposer
from real.registry import OWNER_PASSWORD
from real.signing import digests, pulls, sealyard, signed_by, trusting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from real.engine import Docker
    from real.processes import Done
    from real.registry import Registry

pytestmark = pytest.mark.usefixtures("signers")


@pytest.fixture
def rival(publisher: Docker, new_docker: Callable[[str], Docker]) -> Callable[[str], Docker]:
    """Give another machine that holds the publisher's keys."""

    def made(name: str) -> Docker:
        docker = new_docker(f"rival-{name}")
        docker.login("admin", OWNER_PASSWORD).ok()
        kept = publisher.trust_folder / "private"
        shutil.copytree(kept, docker.trust_folder / "private")
        return docker

    return made


@pytest.fixture
def slow(registry: Registry, publisher: Docker) -> Iterator[Interposer]:
    """Stand between the publisher and the trust data."""
    interposer = Interposer(registry)
    publisher.env["DOCKER_CONTENT_TRUST_SERVER"] = interposer.url
    authority = publisher.home / ".docker" / "tls"
    shutil.copytree(authority / publisher.server, authority / interposer.server)
    yield interposer
    del publisher.env["DOCKER_CONTENT_TRUST_SERVER"]
    interposer.close()


def overtaken(interposer: Interposer, action: Callable[[], Done]) -> list[Done]:
    """Have ``action`` done, once, when the files of a publish are on their way."""
    done: list[Done] = []
    asked: list[str] = []

    def ask(path: str) -> str:
        if path.endswith("/_trust/tuf/"):
            asked.append(path)
            if len(asked) == 2:  # the first one only asks whether a publish is allowed
                done.append(action())
        return path

    interposer.ask = ask
    return done


def test_who_signs_at_the_same_time_loses_nothing(
    publisher: Docker, rival: Callable[[str], Docker]
) -> None:
    """Two machines, two processes each: within one they wait, between two they try again."""
    name = publisher.name("rivals/many")
    publisher.sign(SMALL, "rivals/many:0").ok()
    for tag in "1234":
        publisher.push(OTHER if tag in "24" else SMALL, f"rivals/many:{tag}").ok()
    machines = [publisher, rival("many")] * 2

    def sign(number: int) -> Done:
        return sealyard(machines[number - 1], "trust", "sign", f"{name}:{number}")

    with ThreadPoolExecutor(4) as pool:
        for done in pool.map(sign, range(1, 5)):
            done.ok()
    assert set(signed_by(machines[1], "rivals/many")) == set("01234")
    for tag in "1234":
        pulls(publisher, f"rivals/many:{tag}").ok()


def test_who_is_overtaken_signs_after_the_other(
    publisher: Docker, rival: Callable[[str], Docker], slow: Interposer
) -> None:
    name = publisher.name("rivals/two")
    publisher.sign(SMALL, "rivals/two:0").ok()
    other = rival("two")
    publisher("tag", SMALL, f"{name}:1").ok()
    publisher("tag", OTHER, f"{name}:2").ok()
    theirs = overtaken(slow, lambda: other.trusted("push", f"{name}:2"))
    trusting(publisher, "push", f"{name}:1").ok()
    theirs[0].ok()
    assert set(signed_by(other, "rivals/two")) == set("012")
    for tag in "12":
        pulls(other, f"rivals/two:{tag}").ok()


def test_who_is_overtaken_at_the_same_tag_is_told_and_the_tag_is_the_others(
    publisher: Docker, rival: Callable[[str], Docker], slow: Interposer
) -> None:
    name = publisher.name("rivals/one")
    publisher.sign(SMALL, "rivals/one:0").ok()
    other = rival("one")
    publisher("tag", SMALL, f"{name}:1").ok()
    image = other("image", "inspect", "--format", "{{.Id}}", OTHER).ok().out.strip()

    def push_another() -> Done:
        return trusting(other, "push", f"{name}:1", "--from", f"docker:{OTHER}")

    theirs = overtaken(slow, push_another)
    trusting(publisher, "push", f"{name}:1").refused(f"failed to sign {name}:1", "somebody else")
    theirs[0].ok()
    digest = digests(other, "rivals/one")["1"]
    assert f"digest: sha256:{digest}" in theirs[0].out
    pulls(other, "rivals/one:1").ok()
    assert other("image", "inspect", "--format", "{{.Id}}", f"{name}:1").ok().out.strip() == image
    other.forget("rivals/one:1")
    assert digest in other("pull", f"{name}:1").ok().out, "also without content trust"
