from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER

if TYPE_CHECKING:
    from shell_setup import OwnersShell

ALICE = ("--user-principal-name", "alice@example.com")


def test_a_user_is_made_with_the_password_that_was_piped_in(shell: OwnersShell) -> None:
    made = shell.done(
        "ad", "user", "create", *ALICE, "--password-stdin", stdin="a long password\n"
    ).json
    assert "password" not in made
    shell.sign_in("alice", "a long password")
    assert shell.done("ad", "signed-in-user", "show").json["id"] == made["id"]


def test_without_a_password_one_is_made_up_and_shown_once(shell: OwnersShell) -> None:
    made = shell.done("ad", "user", "create", *ALICE, "--display-name", "Alice").json
    shell.sign_in("alice@example.com", made["password"])
    shell.sign_in()
    assert "password" not in shell.done("ad", "user", "show", "--id", "alice").json


def test_a_person_is_asked_for_the_password(
    shell: OwnersShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "typed by hand")
    assert "password" not in shell.done("ad", "user", "create", *ALICE, typed="").json
    shell.sign_in("alice", "typed by hand")


def test_users_are_listed_changed_and_deleted(shell: OwnersShell) -> None:
    shell.done("ad", "user", "create", *ALICE, "--display-name", "Alice")
    names = ("--query", "[].userPrincipalName", "-o", "tsv")
    assert shell.done("ad", "user", "list", *names).out == f"{OWNER}\nalice@example.com\n"
    listed = shell.done("ad", "user", "list", "--display-name", "Ali", *names)
    assert listed.out == "alice@example.com\n"
    shell.done("ad", "user", "update", "--id", "alice", "--account-enabled", "false")
    assert shell.done("ad", "user", "show", "--id", "alice").json["accountEnabled"] is False
    changed = shell.done("ad", "user", "update", "--id", "alice", "--new-password")
    assert len(changed.json["password"]) >= 20
    shell.done("ad", "user", "delete", "--id", "alice@example.com")
    missing = shell.run("ad", "user", "show", "--id", "alice@example.com")
    assert missing.code == 1
    assert "alice@example.com" in missing.err
    assert shell.run("ad", "user", "update", "--id", OWNER).code == 2


def test_who_may_not_is_told_who_may(shell: OwnersShell) -> None:
    shell.server.add_user("bob@example.com", "AcrPush")
    shell.sign_in("bob@example.com", "the password of bob@example.com")
    ran = shell.run("ad", "user", "list")
    assert ran.code == 1
    assert ran.err.startswith("error: bob@example.com may not read the users")
    assert "Owner" in ran.err


def test_a_service_principal_has_a_life(shell: OwnersShell) -> None:
    made = shell.done("ad", "sp", "create-for-rbac", "--name", "ci", "--years", "2").json
    assert set(made) == {"appId", "displayName", "password", "tenant"}
    shown = shell.done("ad", "sp", "show", "--id", made["appId"]).json
    assert shown["displayName"] == "ci"
    listed = shell.done("ad", "sp", "list", "--query", "[].appId", "-o", "tsv")
    assert listed.out == made["appId"] + "\n"

    new = shell.done(
        "ad", "sp", "credential", "reset", "--id", made["appId"], "--end-date", "2027-01-31"
    ).json
    assert new["appId"] == made["appId"]
    assert new["password"] != made["password"]
    secrets = shell.done("ad", "sp", "credential", "list", "--id", made["appId"]).json
    assert [one["endDateTime"] for one in secrets] == ["2027-01-31T00:00:00Z"]
    shell.done("ad", "sp", "credential", "reset", "--id", made["appId"], "--append")
    assert len(shell.done("ad", "sp", "credential", "list", "--id", made["appId"]).json) == 2
    key = secrets[0]["keyId"]
    shell.done("ad", "sp", "credential", "delete", "--id", made["appId"], "--key-id", key)
    assert len(shell.done("ad", "sp", "credential", "list", "--id", made["appId"]).json) == 1

    shell.done("ad", "sp", "delete", "--id", made["appId"])
    assert shell.run("ad", "sp", "show", "--id", made["appId"]).code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["create-for-rbac", "-n", "ci", "--role", "AcrPush"],
        ["create-for-rbac", "-n", "ci", "--years", "1", "--end-date", "2027-01-31"],
        ["create-for-rbac", "-n", "ci", "--end-date", "tomorrow"],
        ["create-for-rbac", "-n", "ci", "--years", "0"],
    ],
)
def test_options_that_contradict_are_wrong_usage(shell: OwnersShell, arguments: list[str]) -> None:
    assert shell.run("ad", "sp", *arguments).code == 2


def test_the_activity_log_tells_who_did_what(shell: OwnersShell) -> None:
    shell.server.add_user("alice@example.com")
    shell.server.directory.clock.move(hours=1)
    shell.server.grant("alice@example.com", "AcrPull", "team/app")
    newest = shell.done("activity", "list", "--max-events", "1").json
    assert [(one["caller"], one["kind"], one["repository"]) for one in newest] == [
        (OWNER, "role.assign", "team/app")
    ]
    for chosen, count in (
        (["--repository", "team/app"], 1),
        (["--kind", "user"], 1),
        (["--caller", "alice@example.com"], 0),
        (["--offset", "30m"], 1),
        (["--start-time", "2026-11-23T12:30:00Z", "--end-time", "2026-11-23T14:00:00Z"], 1),
    ):
        assert len(shell.done("activity", "list", *chosen).json) == count, chosen
    assert shell.run("activity", "list", "--offset", "soon").code == 2
    table = shell.done("activity", "list", "--repository", "team/app", "-o", "table").out
    assert table.splitlines()[0].split() == [
        "Time", "Caller", "Address", "Kind", "Outcome", "Repository",
    ]  # fmt: skip
