"""The article, told with the real docker: enable, grant, sign, pull, build."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from real.content import DEBIAN, OTHER, SMALL
from real.engine import REPOSITORY_PASSPHRASE, ROOT_PASSPHRASE
from real.registry import OWNER_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pexpect

    from real.engine import Docker
    from real.registry import Cli

    NewDocker = Callable[[str], Docker]

PASSWORD = "a person's long password"
OWNER = "admin@myregistry.local"


@pytest.fixture(scope="module")
def enabled(owner: Cli) -> Cli:
    shown = owner.json("acr", "config", "content-trust", "show", "-r", "myregistry")
    assert shown["status"] == "disabled"
    owner.trust("enabled").ok()
    shown = owner.json("acr", "config", "content-trust", "show", "-r", "myregistry")
    assert shown["status"] == "enabled"
    return owner


def test_02_who_does_not_ask_for_content_trust_notices_nothing(
    enabled: Cli, publisher: Docker
) -> None:
    del enabled
    publisher.push(SMALL, "story/plain:1").ok()
    publisher.forget("story/plain:1")
    publisher("pull", publisher.name("story/plain:1")).ok()


def test_03_an_owner_without_the_role_is_refused_and_told_which_one(
    enabled: Cli, new_docker: NewDocker
) -> None:
    del enabled
    docker = new_docker("owner-without-role")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.sign(SMALL, "story/refused:1").refused("AcrImageSigner", OWNER)


@pytest.mark.parametrize("named", ["user name", "appId", "objectId", "servicePrincipalName"])
def test_03_who_was_granted_the_role_signs(named: str, enabled: Cli, new_docker: NewDocker) -> None:
    word = named.replace(" ", "").lower()
    name, secret, assignee = _identity(enabled, named, word)
    enabled.grant("AcrPush", assignee).ok()
    docker = new_docker(word)
    docker.login(name, secret).ok()
    docker.sign(SMALL, f"story/{word}:1").refused("AcrImageSigner")
    enabled.grant("AcrImageSigner", assignee).ok()
    docker.sign(SMALL, f"story/{word}:1").ok()
    enabled.revoke("AcrImageSigner", assignee).ok()
    docker.sign(OTHER, f"story/{word}:2").refused("AcrImageSigner")


def test_03_a_signer_without_push_rights_does_not_push(enabled: Cli, new_docker: NewDocker) -> None:
    enabled.new_user("onlysigner", PASSWORD)
    enabled.grant("AcrImageSigner", "onlysigner@example.com").ok()
    docker = new_docker("only-signer")
    docker.login("onlysigner", PASSWORD).ok()
    docker.sign(SMALL, "story/only:1").refused("denied")


@pytest.fixture(scope="module")
def signing(enabled: Cli, publisher: Docker) -> Docker:
    enabled.grant("AcrImageSigner", OWNER).ok()
    return publisher


def test_04_prompts_at_a_terminal_are_those_of_the_article(signing: Docker) -> None:
    for image in ("story/app:v1", "story/app:v2", "story/second:v1"):
        signing("tag", DEBIAN, signing.name(image)).ok()
    first = signing.at_terminal("push", signing.name("story/app:v1"))
    first.expect("You are about to create a new root signing key passphrase")
    _choose(first, "root", ROOT_PASSPHRASE)
    _choose(first, "repository", REPOSITORY_PASSPHRASE)
    _ends(first, "Finished initializing", "Successfully signed")

    second = signing.at_terminal("push", signing.name("story/app:v2"))
    second.expect(r"Enter passphrase for repository key with ID [0-9a-f]{7}: ")
    second.sendline(REPOSITORY_PASSPHRASE)
    _ends(second, "Successfully signed")
    assert "root" not in str(second.before)

    third = signing.at_terminal("push", signing.name("story/second:v1"))
    third.expect(r"Enter passphrase for root key with ID [0-9a-f]{7}: ")
    third.sendline(ROOT_PASSPHRASE)
    _choose(third, "repository", REPOSITORY_PASSPHRASE)
    _ends(third, "Finished initializing", "Successfully signed")


def test_05_a_signed_tag_is_pulled_by_the_digest_that_was_signed(signing: Docker) -> None:
    signing.forget("story/app:v1")
    pulled = signing.trusted("pull", signing.name("story/app:v1")).ok()
    digest = re.search(r"Pull \(1 of 1\): \S+@(sha256:[0-9a-f]{64})", pulled.out)
    assert digest is not None, pulled.out
    assert f"Digest: {digest[1]}" in pulled.out
    assert "Tagging" in pulled.err


def test_05_an_unsigned_tag_has_no_valid_trust_data(signing: Docker) -> None:
    signing.push(SMALL, "story/app:unsigned").ok()
    signing.forget("story/app:unsigned")
    refused = signing.trusted("pull", signing.name("story/app:unsigned"))
    refused.refused("No valid trust data for unsigned")
    signing("pull", signing.name("story/app:unsigned")).ok()


def test_06_a_build_takes_signed_bases_only_unless_told_otherwise(
    signing: Docker, tmp_path: Path
) -> None:
    for tag in ("v1", "unsigned"):
        folder = tmp_path / tag
        folder.mkdir()
        (folder / "file").write_text(tag)
        base = signing.name(f"story/app:{tag}")
        (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY file /file\n")
    build = ("build", "--disable-content-trust=false", "-t", "built:signed")
    signing(*build, str(tmp_path / "v1")).ok()
    signing(*build, str(tmp_path / "unsigned")).refused("No valid trust data for unsigned")
    lax = ("build", "--disable-content-trust", "-t", "built:unsigned")
    signing.trusted(*lax, str(tmp_path / "unsigned")).ok()


def test_08_keys_come_back_from_the_backup_and_sign_again(signing: Docker, tmp_path: Path) -> None:
    private = signing.trust_folder / "private"
    kept = {path.name for path in private.glob("*.key")}
    assert len(kept) >= 3
    shutil.make_archive(str(tmp_path / "backup"), "gztar", signing.home, ".docker/trust/private")
    shutil.rmtree(signing.trust_folder)
    refused = signing.sign(OTHER, "story/app:v3")
    assert refused.code == 1, "without the keys nobody signs"
    shutil.rmtree(signing.trust_folder, ignore_errors=True)
    shutil.unpack_archive(tmp_path / "backup.tar.gz", signing.home, filter="data")
    assert {path.name for path in private.glob("*.key")} == kept
    signing.sign(OTHER, "story/app:v3").ok()


def _identity(owner: Cli, named: str, word: str) -> tuple[str, str, str]:
    if named == "user name":
        owner.new_user(word, PASSWORD)
        return word, PASSWORD, f"{word}@example.com"
    made = owner.json("ad", "sp", "create-for-rbac", "--name", word)
    shown = owner.json("ad", "sp", "show", "--id", made["appId"])
    names = {
        "appId": made["appId"],
        "objectId": shown["id"],
        "servicePrincipalName": shown["servicePrincipalNames"][-1],
    }
    return made["appId"], made["password"], names[named]


def _choose(terminal: pexpect.spawn[str], kind: str, passphrase: str) -> None:
    terminal.expect(rf"Enter passphrase for new {kind} key with ID [0-9a-f]{{7}}: ")
    terminal.sendline(passphrase)
    terminal.expect(rf"Repeat passphrase for new {kind} key with ID [0-9a-f]{{7}}: ")
    terminal.sendline(passphrase)


def _ends(terminal: pexpect.spawn[str], *says: str) -> None:
    for text in says:
        terminal.expect(text)
    terminal.expect_exact("\r\n")
    terminal.wait()
    assert terminal.exitstatus == 0
