from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER, OWNER_PASSWORD
from management_setup import SERVER

if TYPE_CHECKING:
    from pathlib import Path

    from shell_setup import OwnersShell


def test_signing_in_answers_as_az_does(shell: OwnersShell) -> None:
    ran = shell.done("login", "-u", "admin", "--password-stdin", stdin=OWNER_PASSWORD + "\n")
    record = shell.server.directory.record
    assert ran.json == [
        {
            "environmentName": SERVER,
            "homeTenantId": record.tenant_id,
            "id": record.subscription_id,
            "isDefault": True,
            "managedByTenants": [],
            "name": "myregistry",
            "state": "Enabled",
            "tenantId": record.tenant_id,
            "user": {"name": OWNER, "type": "user"},
        }
    ]


def test_the_profile_is_its_owners_alone(shell: OwnersShell) -> None:
    folder = shell.terminal.folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["profile.json"]
    assert stat.S_IMODE((folder / "profile.json").stat().st_mode) == 0o600
    assert OWNER_PASSWORD not in (folder / "profile.json").read_text()


def test_who_is_signed_in_is_told_without_asking_the_server(shell: OwnersShell) -> None:
    asked = len(shell.server.transport.asked)
    ran = shell.done("account", "show", "--query", "user.name", "--output", "tsv")
    assert ran.out == OWNER + "\n"
    assert len(shell.server.transport.asked) == asked


def test_a_wrong_password_is_refused_and_the_old_sign_in_stays(shell: OwnersShell) -> None:
    ran = shell.run("login", "-u", "admin", "--password-stdin", stdin="wrong password")
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith("error: the user name or password is wrong; ")
    assert shell.done("account", "show").json["user"]["name"] == OWNER


def test_signed_out_is_signed_out(shell: OwnersShell) -> None:
    shell.done("logout")
    ran = shell.run("account", "show")
    assert ran.code == 1
    assert "sealyard login --server" in ran.err
    assert "Nobody was signed in" in shell.done("logout").err


def test_the_sign_in_is_renewed_when_its_token_ends(shell: OwnersShell) -> None:
    before = shell.terminal.profiles.load()
    shell.server.directory.clock.move(hours=2)
    shell.done("acr", "list")
    after = shell.terminal.profiles.load()
    assert after.access_token != before.access_token
    assert after.expires_at > before.expires_at
    assert after.refresh_token


def test_a_sign_in_ends_with_its_refresh_token(shell: OwnersShell) -> None:
    shell.server.directory.clock.move(days=31)
    ran = shell.run("acr", "list")
    assert ran.code == 1
    assert "the sign-in has ended" in ran.err


def test_a_sign_in_ends_when_the_password_changes(shell: OwnersShell) -> None:
    shell.server.directory.clock.move(minutes=1)
    shell.done("ad", "user", "update", "--id", "admin", "--password-stdin", stdin="a new password")
    ran = shell.run("acr", "list")
    assert ran.code == 1
    assert "sign in with: sealyard login" in ran.err


def test_a_service_principal_signs_in_and_stays_signed_in(shell: OwnersShell) -> None:
    made = shell.done(
        "ad", "sp", "create-for-rbac", "-n", "ci", "--role", "Reader",
        "--scopes", shell.server.registry_id,
    ).json  # fmt: skip
    shell.done(
        "login", "--service-principal", "-u", made["appId"], "--password-stdin",
        "--tenant", made["tenant"], stdin=made["password"],
    )  # fmt: skip
    assert shell.done("account", "show").json["user"] == {
        "name": made["appId"],
        "type": "servicePrincipal",
    }
    shell.server.directory.clock.move(hours=2)
    assert shell.done("acr", "show", "-n", "MyRegistry").json["name"] == "myregistry"


def test_another_tenant_is_refused(shell: OwnersShell) -> None:
    ran = shell.run(
        "login", "-u", "admin", "--password-stdin", "--tenant", "elsewhere", stdin=OWNER_PASSWORD
    )
    assert ran.code == 1
    assert shell.server.directory.record.tenant_id in ran.err


def test_a_password_comes_from_a_file_too(shell: OwnersShell, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(OWNER_PASSWORD + "\n")
    shell.done("login", "-u", "admin", "--password-file", str(file))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["login", "-u", "admin", "-p", "secret"], "--password-stdin"),
        (["login", "-u", "admin", "--password", "secret"], "--password-stdin"),
        (["login", "-u", "admin"], "--password-stdin"),
        (["login", "-u", "admin", "--password-stdin"], "empty"),
        (["login", "--password-stdin"], "--username"),
        (["ad", "user", "create", "--user-principal-name", "a@b", "--password", "x"], "process"),
        (["login", "-u", "a", "--password-stdin", "--ca-file", "/nowhere"], "/nowhere"),
        (["login", "-u", "a", "--password-file", "/nowhere"], "/nowhere"),
    ],
)
def test_wrong_usage_is_exit_code_two(shell: OwnersShell, arguments: list[str], told: str) -> None:
    ran = shell.run(*arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("server", ["http://registry.example.com", "ftp://localhost", "https://"])
def test_a_password_is_sent_nowhere_in_the_clear(shell: OwnersShell, server: str) -> None:
    asked = len(shell.server.transport.asked)
    ran = shell.run(
        "login", "--server", server, "-u", "admin", "--password-stdin", stdin=OWNER_PASSWORD
    )
    assert ran.code == 1
    assert len(shell.server.transport.asked) == asked


def test_people_change_their_own_passwords(shell: OwnersShell) -> None:
    both = f"{OWNER_PASSWORD}\na password of my own\n"
    ran = shell.done("account", "change-password", "--password-stdin", stdin=both)
    assert "Sign in again" in ran.err
    assert shell.run("account", "show").code == 1
    shell.sign_in(OWNER, "a password of my own")
    wrong = shell.run("account", "change-password", "--password-stdin", stdin="wrong\nanother one")
    assert wrong.code == 1
    assert shell.run("account", "change-password", "--password-stdin", stdin="one").code == 2
    assert shell.run("account", "change-password").code == 2


def test_new_passwords_are_typed_twice(shell: OwnersShell, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([OWNER_PASSWORD, "a new password", "a new passwort"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    ran = shell.run("account", "change-password", typed="")
    assert ran.code == 1
    assert "differ" in ran.err
    shell.sign_in()


def test_a_folder_that_cannot_be_written_is_told(shell: OwnersShell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shell.terminal.folder = tmp_path / "file" / "config"
    ran = shell.run(
        "login", "--server", SERVER, "-u", "admin", "--password-stdin", stdin=OWNER_PASSWORD
    )
    assert ran.code == 1
    assert ran.err.startswith("error: ")
