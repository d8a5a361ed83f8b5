"""What docker asks for at a terminal: the root passphrase once, one for each repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.content import DEBIAN, SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE

if TYPE_CHECKING:
    import pexpect

    from real.engine import Docker

pytestmark = pytest.mark.usefixtures("signers")
ID = "[0-9a-f]{7}"


def test_prompts_are_those_of_the_article(publisher: Docker) -> None:
    for image in ("story/app:v1", "story/app:v2", "story/second:v1"):
        publisher("tag", DEBIAN, publisher.name(image)).ok()
    first = publisher.at_terminal("push", publisher.name("story/app:v1"))
    first.expect("Signing and pushing trust metadata")
    first.expect("You are about to create a new root signing key passphrase")
    _choose(first, "root", ROOT_PASSPHRASE)
    _choose(first, "repository", REPOSITORY_PASSPHRASE)
    first.expect(f'Finished initializing "{publisher.name("story/app")}"')
    _ends(first, f"Successfully signed {publisher.name('story/app:v1')}")

    second = publisher.at_terminal("push", publisher.name("story/app:v2"))
    second.expect(rf"Enter passphrase for repository key with ID {ID}: ")
    assert "root" not in str(second.before)
    second.sendline(REPOSITORY_PASSPHRASE)
    _ends(second, "Successfully signed")
    assert "passphrase" not in str(second.before)

    third = publisher.at_terminal("push", publisher.name("story/second:v1"))
    third.expect(rf"Enter passphrase for root key with ID {ID}: ")
    third.sendline(ROOT_PASSPHRASE)
    _choose(third, "repository", REPOSITORY_PASSPHRASE)
    third.expect("Finished initializing")
    _ends(third, "Successfully signed")


def test_the_variables_answer_for_who_is_not_at_a_terminal(publisher: Docker) -> None:
    signed = publisher.sign(SMALL, "story/unattended:1").ok()
    assert "Enter passphrase" not in signed.text
    assert f"Successfully signed {publisher.name('story/unattended:1')}" in signed.out


def test_a_wrong_passphrase_does_not_sign(publisher: Docker) -> None:
    publisher.sign(SMALL, "story/wrong:1").ok()
    publisher("tag", SMALL, publisher.name("story/wrong:2")).ok()
    pushed = publisher.trusted(
        "push",
        publisher.name("story/wrong:2"),
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="not the passphrase",
    )
    pushed.refused("could not find necessary signing keys")
    publisher.forget("story/wrong:2")
    publisher.trusted("pull", publisher.name("story/wrong:2")).refused("No valid trust data for 2")


def _choose(terminal: pexpect.spawn[str], kind: str, passphrase: str) -> None:
    for verb in ("Enter", "Repeat"):
        terminal.expect(rf"{verb} passphrase for new {kind} key with ID {ID}: ")
        terminal.sendline(passphrase)


def _ends(terminal: pexpect.spawn[str], says: str) -> None:
    terminal.expect_exact(says)
    terminal.expect_exact("\r\n")
    terminal.wait()
    assert terminal.exitstatus == 0
