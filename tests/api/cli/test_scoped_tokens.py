"""sealyard acr scope-map, token and credential, with the names and options of az."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, START, basic
from sealyard.access.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from shell_setup import OwnersShell

ON = ("--registry", "myregistry")


def make_map(shell: OwnersShell, name: str = "build") -> None:
    shell.done(
        "acr", "scope-map", "create", "-n", name, *ON,
        "--repository", "team/*", "content/read", "content/write",
        "--repository", "App", "metadata/read",
        "--description", "for builds",
    )  # fmt: skip


def signs_in(shell: OwnersShell, name: str, password: str) -> bool:
    header = basic(name, password)
    try:
        asyncio.run(shell.server.directory.authenticator.caller(header, ADDRESS))
    except InvalidCredentialsError:
        return False
    return True


def test_a_scope_map_is_made_of_groups_of_actions_as_with_az(shell: OwnersShell) -> None:
    make_map(shell)
    shown = shell.done("acr", "scope-map", "show", "-n", "build", *ON).json
    assert shown["actions"] == [
        "repositories/team/*/content/read",
        "repositories/team/*/content/write",
        "repositories/app/metadata/read",
    ]
    assert shown["type"] == "Microsoft.ContainerRegistry/registries/scopeMaps"
    assert shown["resourceGroup"] == "sealyard"
    changed = shell.done(
        "acr", "scope-map", "update", "-n", "build", *ON,
        "--add-repository", "team/*", "sign/write",
        "--remove-repository", "team/*", "content/write", "--remove", "app", "metadata/read",
        "--query", "actions", "--output", "tsv",
    )  # fmt: skip
    assert changed.out.split() == [
        "repositories/team/*/content/read",
        "repositories/team/*/sign/write",
    ]
    table = shell.done("acr", "scope-map", "list", *ON, "--output", "table").out
    assert "_repositories_pull " in table
    assert "for builds" in table
    refused = shell.run("acr", "scope-map", "delete", "-n", "build", *ON)
    assert "add --yes" in refused.err
    shell.done("acr", "scope-map", "delete", "-n", "build", *ON, "--yes")
    assert shell.run("acr", "scope-map", "show", "-n", "build", *ON).code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--repository", "app", "sign/read"), "sign/write"),
        (("--repository", "app"), "what may be done in app"),
        (("--scope-map", "build", "--repository", "app", "content/read"), "either"),
        ((), "either --scope-map or --repository"),
        (("--scope-map", "a", "--no-passwords", "--expiration-in-days", "3"), "--no-passwords"),
    ],
)
def test_wrong_usage_says_what_is_right(
    shell: OwnersShell, arguments: tuple[str, ...], told: str
) -> None:
    ran = shell.run("acr", "token", "create", "-n", "robot", *ON, *arguments)
    assert ran.code == 2
    assert told in " ".join(ran.err.replace("│", " ").split())


def test_a_token_with_a_map_of_its_own_signs_in_until_it_is_disabled(shell: OwnersShell) -> None:
    create = (
        "acr", "token", "create", "-n", "robot", *ON,
        "--repository", "team/app", "content/read", "sign/write", "--expiration-in-days", "7",
    )  # fmt: skip
    made = shell.done(*create).json
    assert made["scopeMapId"].endswith("/scopeMaps/robot-scope-map")
    credentials = made["credentials"]
    assert credentials["username"] == "robot"
    first, second = (one["value"] for one in credentials["passwords"])
    assert signs_in(shell, "robot", first)
    table = shell.done("acr", "token", "list", *ON, "--output", "table").out
    assert f"{START:%Y}-11-30" in table
    assert "Enabled" in table
    assert first not in shell.done("acr", "token", "show", "-n", "robot", *ON).out
    shell.done("acr", "token", "update", "-n", "robot", *ON, "--status", "disabled")
    assert not signs_in(shell, "robot", second)
    other = shell.run(
        "acr", "token", "create", "-n", "robot", *ON, "--repository", "app", "content/read"
    )
    assert "robot-scope-map is there already" in other.err


def test_one_password_is_generated_and_one_deleted(shell: OwnersShell) -> None:
    make_map(shell)
    shell.done("acr", "token", "create", "-n", "robot", *ON, "--scope-map", "build")
    made = shell.done(
        "acr", "token", "credential", "generate", "-n", "robot", *ON, "--password2",
        "--expiration", "2027-12-31T12:59:59Z", "--query", "passwords[0].value", "-o", "tsv",
    )  # fmt: skip
    assert signs_in(shell, "robot", made.out.strip())
    shown = shell.done("acr", "token", "show", "-n", "robot", *ON, "--output", "table").out
    assert "Never" in shown
    assert "2027-12-31T12:59:59Z" in shown
    delete = ("acr", "token", "credential", "delete", "-n", "robot", *ON, "--password1")
    shell.done(*delete)
    assert "password1" in shell.run(*delete).err
    assert signs_in(shell, "robot", made.out.strip())
    shell.done("acr", "token", "delete", "-n", "robot", *ON, "-y")
    assert not signs_in(shell, "robot", made.out.strip())


def test_the_admin_user_is_shown_once_it_is_there(shell: OwnersShell) -> None:
    assert "is not enabled" in shell.run("acr", "credential", "show", "-n", "myregistry").err
    shell.done("acr", "update", "-n", "myregistry", "--admin-enabled", "true")
    shown = shell.done("acr", "credential", "show", "-n", "myregistry").json
    assert shown["username"] == "myregistry"
    renewed = shell.done(
        "acr", "credential", "renew", "-n", "myregistry", "--password-name", "password"
    ).json
    assert renewed["passwords"][1] == shown["passwords"][1]
    assert renewed["passwords"][0] != shown["passwords"][0]
    assert signs_in(shell, "myregistry", renewed["passwords"][0]["value"])
    assert not signs_in(shell, "myregistry", shown["passwords"][0]["value"])
    table = shell.done("acr", "credential", "show", "-n", "myregistry", "-o", "table").out
    assert table.split()[:3] == ["USERNAME", "PASSWORD", "PASSWORD2"]
