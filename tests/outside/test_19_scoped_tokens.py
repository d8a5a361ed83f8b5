"""Docker with scoped tokens, as the admin user, and as nobody: who pushes, signs and pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from real.content import SMALL
from real.registry import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.registry import Cli

ON = ("--registry", NAME)
PUSHING = ("--repository", "team/*", "content/read", "content/write")
SIGNING = (*PUSHING, "sign/write")


def new_token(owner: Cli, name: str, *actions: str) -> str:
    """Make a token; return its first password."""
    made = owner.json("acr", "token", "create", "--name", name, *ON, *actions)
    password: str = made["credentials"]["passwords"][0]["value"]
    return password


def update(owner: Cli, *switches: str) -> None:
    owner("acr", "update", "--name", NAME, *switches).ok()


def test_a_token_that_may_sign_publishes_and_one_that_may_not_is_told_what_it_lacks(
    signers: Cli, new_docker: Callable[[str], Docker]
) -> None:
    signer, pusher = new_docker("signer"), new_docker("pusher")
    signer.login("release-bot", new_token(signers, "release-bot", *SIGNING)).ok()
    pusher.login("build-bot", new_token(signers, "build-bot", *PUSHING)).ok()

    pusher.push(SMALL, "team/plain:1").ok()
    refused = pusher.sign(SMALL, "team/plain:2")
    refused.refused("repositories/team/plain/sign/write")
    pusher.push(SMALL, "elsewhere:1").refused("denied")

    signer.sign(SMALL, "team/app:1").ok()
    signer.forget("team/app:1")
    pusher.trusted("pull", pusher.name("team/app:1")).ok()

    kept = (signer.home / ".docker" / "config.json").read_text()
    assert "identitytoken" not in kept, "one of two passwords is replaced while the other works on"

    signers("acr", "token", "update", "--name", "release-bot", *ON, "--status", "disabled").ok()
    signer.push(SMALL, "team/app:2").refused("unauthorized")


def test_the_admin_user_pushes_and_never_signs(
    signers: Cli, new_docker: Callable[[str], Docker]
) -> None:
    update(signers, "--admin-enabled", "true")
    shown = signers.json("acr", "credential", "show", "--name", NAME)
    admin = new_docker("admin-user")
    for password in shown["passwords"]:
        admin.login(NAME, password["value"]).ok()
    admin.push(SMALL, "team/by-admin:1").ok()
    admin.sign(SMALL, "team/by-admin:2").refused("the admin user never can")
    update(signers, "--admin-enabled", "false")
    admin.push(SMALL, "team/by-admin:3").refused("unauthorized")
    read = signers.json("activity", "list", "--kind", "admin.read")
    assert len(read) == 1


def test_nobody_pulls_and_verifies_while_that_is_switched_on(
    signers: Cli, new_docker: Callable[[str], Docker], publisher: Docker
) -> None:
    publisher.sign(SMALL, "open/app:1").ok()
    publisher.forget("open/app:1")
    stranger = new_docker("stranger")
    name = stranger.name("open/app:1")
    stranger("pull", name).refused("sign in first")
    update(signers, "--anonymous-pull-enabled", "true")
    stranger("pull", name).ok()
    stranger.forget("open/app:1")
    stranger.trusted("pull", name).ok()
    stranger("trust", "inspect", name).ok()
    stranger.push(SMALL, "open/app:2").refused("sign in first")
    stranger.forget("open/app:1")
    update(signers, "--anonymous-pull-enabled", "false")
    stranger("pull", name).refused("sign in first")
