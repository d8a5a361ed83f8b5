"""Docker before a lock: what it shows, and that signatures get nobody round one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from real.content import OTHER, SMALL
from real.registry import NAME, OWNER_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.registry import Cli

ON = ("--name", NAME)


def lock(owner: Cli, *switches: str) -> None:
    owner("acr", "repository", "update", *ON, *switches).ok()


def test_docker_shows_what_is_locked_and_how_the_lock_is_lifted(
    signers: Cli, new_docker: Callable[[str], Docker]
) -> None:
    docker = new_docker("locked-out")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.push(SMALL, "kept/app:1").ok()
    image = ("--image", "kept/app:1")
    lock(signers, *image, "--write-enabled", "false")
    told = "--image kept/app:1 --write-enabled true"
    docker.push(OTHER, "kept/app:1").refused("denied: kept/app:1 is locked", told)
    signers("acr", "repository", "untag", *ON, *image).refused(told)
    lock(signers, *image, "--write-enabled", "true")
    docker.push(OTHER, "kept/app:1").ok()

    lock(signers, "--repository", "kept/app", "--read-enabled", "false")
    docker.forget("kept/app:1")
    docker("pull", docker.name("kept/app:1")).refused("kept/app is locked (readEnabled is false)")
    lock(signers, "--repository", "kept/app", "--read-enabled", "true", "--write-enabled", "false")
    docker.push(SMALL, "kept/app:2").refused("denied: kept/app is locked")


def test_a_locked_tag_is_signed_as_what_it_is_and_by_nobody_as_something_else(
    signers: Cli, new_docker: Callable[[str], Docker]
) -> None:
    docker = new_docker("locked-signer")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.sign(SMALL, "kept/signed:1").ok()
    lock(signers, "--image", "kept/signed:1", "--write-enabled", "false")
    docker.sign(OTHER, "kept/signed:1").refused("kept/signed:1 is locked")
    docker.forget("kept/signed:1")
    docker.trusted("pull", docker.name("kept/signed:1")).ok()
