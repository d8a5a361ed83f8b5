from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shell_setup import OwnersShell

SIGNERS = ("--group", "Signers")
ALICE = ("--member-id", "alice")


def test_a_group_is_given_a_role_and_its_members_hold_it(shell: OwnersShell) -> None:
    shell.done("ad", "user", "create", "--user-principal-name", "alice@example.com")
    made = shell.done("ad", "group", "create", "--display-name", "Signers", "--mail-nickname", "s")
    again = shell.done("ad", "group", "create", "--display-name", "Signers", "--mail-nickname", "s")
    assert made.json == again.json
    shell.done("ad", "group", "member", "add", *SIGNERS, *ALICE)
    listed = shell.done("ad", "group", "member", "list", *SIGNERS, "-o", "table").out
    assert "alice@example.com" in listed
    assert shell.done("ad", "group", "member", "check", *SIGNERS, *ALICE).json == {"value": True}
    registry = shell.done("acr", "show", "-n", "myregistry", "--query", "id", "-o", "tsv").out
    scope = ("--scope", registry.strip())
    role = ("--role", "AcrImageSigner")
    granted = shell.done("role", "assignment", "create", *scope, *role, "--assignee", "signers")
    assert granted.json["principalType"] == "Group"
    repository = ("--scope", registry.strip() + "/repositories/app")
    for options, count in (
        ((), 0),
        (("--include-groups",), 1),
        (("--include-groups", *repository), 0),
        (("--include-groups", "--include-inherited", *repository), 1),
    ):
        found = shell.done("role", "assignment", "list", "--assignee", "alice", *options)
        assert len(found.json) == count, options
    found = shell.done("ad", "user", "get-member-groups", "--id", "alice@example.com").json
    assert found == [{"displayName": "Signers", "id": made.json["id"]}]
    shell.done("ad", "group", "member", "remove", *SIGNERS, *ALICE)
    assert shell.done("ad", "group", "member", "check", *SIGNERS, *ALICE).json == {"value": False}
    names = ("--display-name", "Sig", "--query", "[].displayName", "-o", "tsv")
    assert shell.done("ad", "group", "list", *names).out == "Signers\n"
    shell.done("ad", "group", "delete", *SIGNERS)
    assert shell.run("ad", "group", "show", *SIGNERS).err == "error: there is no group 'Signers'\n"
    assert shell.done("role", "assignment", "list", *scope, *role).json == []


def test_who_is_not_there_cannot_be_put_into_a_group(shell: OwnersShell) -> None:
    shell.done("ad", "group", "create", "--display-name", "Signers", "--mail-nickname", "s")
    ran = shell.run("ad", "group", "member", "add", *SIGNERS, *ALICE)
    assert ran.code == 1
    assert "there is no user, service principal or group 'alice'" in ran.err
