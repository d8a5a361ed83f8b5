"""``docker trust``: inspect, sign, revoke, signers and their keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from real.content import OTHER, SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE
from real.keys import key_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Docker
    from real.registry import Cli

pytestmark = pytest.mark.usefixtures("signers")
PASSWORD = "a person's long password"
PASSPHRASES = {
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
}


def _inspected(docker: Docker, image: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(
        docker.trusted("trust", "inspect", docker.name(image)).ok().out
    )
    return found[0] if found else {}


def test_trust_sign_signs_a_tag_that_is_there(publisher: Docker) -> None:
    publisher("tag", SMALL, publisher.name("trust/app:1")).ok()
    publisher.trusted("trust", "sign", publisher.name("trust/app:1")).ok()
    seen = _inspected(publisher, "trust/app")
    assert [tag["SignedTag"] for tag in seen["SignedTags"]] == ["1"]
    keys = {key["Name"] for key in seen["AdministrativeKeys"]}
    assert keys == {"Root", "Repository"}
    pretty = publisher.trusted("trust", "inspect", "--pretty", publisher.name("trust/app")).ok()
    assert f"Signatures for {publisher.name('trust/app')}" in pretty.out
    assert "Administrative keys for" in pretty.out


def test_a_signer_is_added_signs_with_its_own_key_and_is_shown(
    publisher: Docker, signers: Cli, new_docker: Callable[[str], Docker], tmp_path: Path
) -> None:
    publisher.sign(SMALL, "trust/team:1").ok()
    signers.new_user("alice", PASSWORD)
    for role in ("AcrPush", "AcrImageSigner"):
        signers.grant(role, "alice@example.com").ok()
    alice = new_docker("alice")
    alice.login("alice", PASSWORD).ok()
    alice.trusted("trust", "key", "generate", "alice", "--dir", str(tmp_path)).ok()
    add = ("trust", "signer", "add", "--key", str(tmp_path / "alice.pub"), "alice")
    publisher.trusted(*add, publisher.name("trust/team")).ok()
    alice.sign(OTHER, "trust/team:2").ok()
    seen = _inspected(publisher, "trust/team")
    assert [signer["Name"] for signer in seen["Signers"]] == ["alice"]
    signed_by = {tag["SignedTag"]: tag["Signers"] for tag in seen["SignedTags"]}
    assert signed_by == {"1": ["Repo Admin"], "2": ["alice"]}
    publisher.forget("trust/team:2")
    publisher.trusted("pull", publisher.name("trust/team:2")).ok()
    remove = ("trust", "signer", "remove", "alice", publisher.name("trust/team"))
    terminal = publisher.at_terminal(*remove, **PASSPHRASES)
    terminal.expect("signed the last released version")
    terminal.sendline("y")
    terminal.expect("Successfully removed alice from")
    terminal.expect(pexpect.EOF)
    assert _inspected(publisher, "trust/team")["Signers"] == []
    alice.sign(SMALL, "trust/team:3").refused("failed to sign")


def test_a_loaded_key_signs(publisher: Docker, tmp_path: Path) -> None:
    private, public, _ = key_files(tmp_path, "bob")
    publisher.trusted("trust", "key", "load", "--name", "bob", str(private)).ok()
    publisher.sign(SMALL, "trust/loaded:1").ok()
    add = ("trust", "signer", "add", "--key", str(public), "bob")
    publisher.trusted(*add, publisher.name("trust/loaded")).ok()
    publisher.sign(OTHER, "trust/loaded:2").ok()
    signed_by = {
        tag["SignedTag"]: tag["Signers"]
        for tag in _inspected(publisher, "trust/loaded")["SignedTags"]
    }
    assert signed_by["2"] == ["bob"]


def test_a_revoked_tag_is_no_longer_trusted(publisher: Docker) -> None:
    publisher.sign(SMALL, "trust/revoked:1").ok()
    publisher.sign(OTHER, "trust/revoked:2").ok()
    publisher.trusted("trust", "revoke", "--yes", publisher.name("trust/revoked:1")).ok()
    publisher.forget("trust/revoked:1")
    publisher.trusted("pull", publisher.name("trust/revoked:1")).refused(
        "No valid trust data for 1"
    )
    publisher.trusted("pull", publisher.name("trust/revoked:2")).ok()


def test_a_second_push_of_the_same_tag_changes_nothing_and_succeeds(publisher: Docker) -> None:
    publisher.sign(SMALL, "trust/again:1").ok()
    publisher.sign(SMALL, "trust/again:1").ok()
    publisher.sign(OTHER, "trust/again:1").ok()
