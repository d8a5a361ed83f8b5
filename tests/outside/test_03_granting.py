"""Who may sign: nobody but who was granted ``AcrImageSigner``, named in every way there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.registry import OWNER_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.registry import Cli

    NewDocker = Callable[[str], Docker]

PASSWORD = "a person's long password"
OWNER = "admin@myregistry.local"


@pytest.fixture(scope="module")
def enabled(owner: Cli) -> Cli:
    owner.trust("enabled").ok()
    return owner


def test_an_owner_without_the_role_is_refused_and_told_which_one(
    enabled: Cli, new_docker: NewDocker
) -> None:
    docker = new_docker("owner")
    docker.login("admin", OWNER_PASSWORD).ok()
    docker.sign(SMALL, "story/refused:1").refused("AcrImageSigner", OWNER)
    docker("pull", docker.name("story/refused:1")).ok()
    enabled.grant("AcrImageSigner", OWNER).ok()
    docker.sign(SMALL, "story/refused:1").ok()


@pytest.mark.parametrize("named", ["user name", "appId", "objectId", "servicePrincipalName"])
def test_who_was_granted_the_role_signs_until_it_is_taken_back(
    named: str, enabled: Cli, new_docker: NewDocker
) -> None:
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


def test_a_signer_without_push_rights_does_not_push(enabled: Cli, new_docker: NewDocker) -> None:
    enabled.new_user("onlysigner", PASSWORD)
    enabled.grant("AcrImageSigner", "onlysigner@example.com").ok()
    docker = new_docker("only-signer")
    docker.login("onlysigner", PASSWORD).ok()
    docker.sign(SMALL, "story/only:1").refused("denied")


def test_a_refused_signing_is_in_the_activity_log(enabled: Cli, new_docker: NewDocker) -> None:
    enabled.new_user("tried", PASSWORD)
    enabled.grant("AcrPush", "tried@example.com").ok()
    docker = new_docker("tried")
    docker.login("tried", PASSWORD).ok()
    docker.sign(SMALL, "story/tried:1").refused("AcrImageSigner")
    logged = enabled.json("activity", "list", "--caller", "tried@example.com")
    refused = [one for one in logged if one["outcome"] == "refused"]
    assert [(one["kind"], one["repository"]) for one in refused] == [
        ("trust.publish", "story/tried")
    ]
    assert refused[0]["address"] == "127.0.0.1"


def _identity(owner: Cli, named: str, word: str) -> tuple[str, str, str]:
    """Make an identity; return its name and secret for docker, and how the role names it."""
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
