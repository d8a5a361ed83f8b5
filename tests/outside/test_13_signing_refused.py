"""Who may not sign, or cannot, is told before anything is uploaded: no unsigned tag is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from real.content import SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE
from real.processes import Done, run
from real.registry import OWNER_PASSWORD, SEALYARD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.registry import Cli

PASSWORD = "a person's long password"
SIGNED_PUSH = {
    "DOCKER_CONTENT_TRUST": "1",
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
}


def push(docker: Docker, image: str, **variables: str) -> Done:
    """Push signed, with Sealyard."""
    docker("tag", SMALL, docker.name(image)).ok()
    command: list[str | Path] = [SEALYARD, "push", docker.name(image)]
    return run(command, {**docker.env, **SIGNED_PUSH, **variables})


def test_a_push_that_cannot_be_signed_leaves_nothing_to_pull(
    owner: Cli, new_docker: Callable[[str], Docker]
) -> None:
    owner.new_user("grace", PASSWORD)
    owner.grant("AcrPush", "grace@example.com").ok()
    grace = new_docker("grace")
    grace.login("grace", PASSWORD).ok()
    name = grace.name("refused/app:1")

    push(grace, "refused/app:1").refused(f"failed to sign {name}: ", "content trust", "disabled")
    owner.trust("enabled").ok()
    push(grace, "refused/app:1").refused(f"failed to sign {name}: ", "AcrImageSigner")
    owner.grant("AcrImageSigner", "grace@example.com").ok()
    nothing = {"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ""}
    push(grace, "refused/app:1", **nothing).refused(
        f"failed to sign {name}: no passphrase for the root key",
        "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE",
    )
    grace.forget("refused/app:1")
    grace("pull", name).refused("not found")
    assert not list((grace.trust_folder / "private").glob("*")), "no key was made for nothing"

    push(grace, "refused/app:1").ok()
    wrong = {"DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "a wrong passphrase"}
    push(grace, "refused/app:2", **wrong).refused("the passphrase for the repository key")
    grace.forget("refused/app:2")
    grace("pull", grace.name("refused/app:2")).refused("not found")

    consumer = new_docker("refused-consumer")
    consumer.login("admin", OWNER_PASSWORD).ok()
    consumer.forget("refused/app:1")
    consumer.trusted("pull", name).ok()
