"""The az lines of "Content trust in Azure Container Registry", with `sealyard` for `az`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER
from sealyard.services.policy.content_trust import TrustLoss

if TYPE_CHECKING:
    from shell_setup import OwnersShell

CONTENT_TRUST = ("acr", "config", "content-trust")


def registry_id(shell: OwnersShell) -> str:
    query = ("--query", "id", "--output", "tsv")
    return shell.done("acr", "show", "--name", "myregistry", *query).out.rstrip("\n")


def held(shell: OwnersShell, assignee: str) -> list[str]:
    found = shell.done("role", "assignment", "list", "--assignee", assignee).json
    return sorted(one["roleDefinitionName"] for one in found)


def assign(shell: OwnersShell, assignee: str) -> dict[str, Any]:
    made: dict[str, Any] = shell.done(
        "role", "assignment", "create", "--scope", registry_id(shell),
        "--role", "AcrImageSigner", "--assignee", assignee,
    ).json  # fmt: skip
    return made


def test_the_signed_in_user_grants_itself_the_signer_role(shell: OwnersShell) -> None:
    user = shell.done("account", "show", "--query", "user.name", "--output", "tsv").out.strip()
    made = assign(shell, user)
    assert made["principalName"] == OWNER
    assert made["scope"] == shell.server.registry_id
    assert made["roleDefinitionName"] == "AcrImageSigner"
    assert held(shell, user) == ["AcrImageSigner", "Owner"]


@pytest.mark.parametrize(
    "kind", ["appId", "id", "servicePrincipalName", "userPrincipalName", "short"]
)
def test_an_assignee_has_many_names(shell: OwnersShell, kind: str) -> None:
    shell.server.add_user("alice@example.com")
    app_id = shell.done("ad", "sp", "create-for-rbac", "--name", "ci").json["appId"]
    principal = shell.done("ad", "sp", "show", "--id", app_id).json
    path = f"/v1.0/servicePrincipals/{principal['id']}"
    shell.server.ask("PATCH", path, body={"servicePrincipalNames": ["https://ci/o'brien"]})
    name = {
        "appId": app_id.upper(),
        "id": principal["id"],
        "servicePrincipalName": "https://ci/o'brien",
        "userPrincipalName": "Alice@Example.com",
        "short": "alice",
    }[kind]
    assign(shell, name)
    assert held(shell, name) == ["AcrImageSigner"]


def test_granting_twice_shows_what_is_there(shell: OwnersShell) -> None:
    first, second = assign(shell, OWNER), assign(shell, OWNER)
    assert second["id"] == first["id"]


def test_an_assignee_who_is_not_there_is_named(shell: OwnersShell) -> None:
    ran = shell.run(
        "role", "assignment", "create", "--scope", registry_id(shell),
        "--role", "AcrImageSigner", "--assignee", "nobody@example.com",
    )  # fmt: skip
    assert ran.code == 1
    assert "nobody@example.com" in ran.err
    assert "sealyard ad user list" in ran.err


def test_roles_are_withdrawn_by_what_they_are(shell: OwnersShell) -> None:
    shell.server.add_user("alice@example.com")
    assign(shell, "alice@example.com")
    arguments = ("--assignee", "alice", "--role", "acrimagesigner", "--scope", registry_id(shell))
    shell.done("role", "assignment", "delete", *arguments)
    assert held(shell, "alice") == []
    again = shell.run("role", "assignment", "delete", *arguments)
    assert again.code == 1
    assert "there is no role assignment" in again.err


def test_several_roles_are_withdrawn_only_when_that_is_meant(shell: OwnersShell) -> None:
    shell.server.add_user("alice@example.com", "AcrPush", "AcrPull")
    refused = shell.run("role", "assignment", "delete", "--assignee", "alice")
    assert refused.code == 1
    assert "withdraws 2 roles" in refused.err
    assert len(held(shell, "alice")) == 2
    shell.done("role", "assignment", "delete", "--assignee", "alice", "--yes")
    assert held(shell, "alice") == []


def test_a_repository_is_a_scope(shell: OwnersShell) -> None:
    shell.server.add_user("alice@example.com")
    scope = registry_id(shell) + "/repositories/team/app"
    shell.done(
        "role", "assignment", "create", "--scope", scope, "--role", "AcrPush", "--assignee", "alice"
    )
    # az takes no slash in a repository's name: the other spelling means the same.
    for spelling in (scope, scope.replace("team/app", "team%2Fapp")):
        found = shell.done("role", "assignment", "list", "--scope", spelling).json
        shown = [(one["principalName"], one["scope"]) for one in found]
        assert shown == [("alice@example.com", scope)]


def test_content_trust_is_enabled_and_disabled(shell: OwnersShell) -> None:
    name = ("-r", "MYREGISTRY")
    assert shell.done(*CONTENT_TRUST, "show", *name).json == {
        "status": "disabled",
        "type": "Notary",
    }
    enabled = shell.done(*CONTENT_TRUST, "update", *name, "--status", "Enabled").json
    assert enabled["status"] == "enabled"
    assert shell.done(*CONTENT_TRUST, "update", *name, "--status", "enabled").json == enabled
    disabled = shell.done(*CONTENT_TRUST, "update", *name, "--status", "disabled", "--yes").json
    assert disabled["status"] == "disabled"
    assert shell.server.trust_data.present == TrustLoss(0, 0)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_disabling_says_what_is_lost_and_asks(shell: OwnersShell, answer: str, code: int) -> None:
    name = ("-r", "myregistry")
    shell.done(*CONTENT_TRUST, "update", *name, "--status", "enabled")
    ran = shell.run(*CONTENT_TRUST, "update", *name, "--status", "disabled", typed=answer)
    assert ran.code == code
    assert "5 signatures in 2 repositories" in ran.err
    assert (shell.server.trust_data.present == TrustLoss(0, 0)) == (code == 0)


def test_yes_disables_while_signing_goes_on(
    shell: OwnersShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, trust_data = ("-r", "myregistry"), shell.server.trust_data
    shell.done(*CONTENT_TRUST, "update", *name, "--status", "enabled")
    more = itertools.count(6)
    monkeypatch.setattr(trust_data, "count", lambda _connection: TrustLoss(2, next(more)))
    shell.done(*CONTENT_TRUST, "update", *name, "--status", "disabled", "--yes")
    assert trust_data.present == TrustLoss(0, 0)


def test_disabling_in_a_script_needs_yes(shell: OwnersShell) -> None:
    name = ("-n", "myregistry")
    shell.done(*CONTENT_TRUST, "update", *name, "--status", "enabled")
    ran = shell.run(*CONTENT_TRUST, "update", *name, "--status", "disabled", stdin="y\n")
    assert ran.code == 1
    assert "--yes" in ran.err
    assert shell.server.trust_data.present == TrustLoss(2, 5)


def test_acr_update_sets_the_same_policy(shell: OwnersShell) -> None:
    setting = "policies.trustPolicy.status=enabled"
    shown = shell.done("acr", "update", "-n", "myregistry", "--set", setting).json
    assert shown["policies"]["trustPolicy"]["status"] == "enabled"
    wrong = shell.run("acr", "update", "-n", "myregistry", "--set", "sku.name=Basic")
    assert wrong.code == 2


def test_another_registry_or_group_is_not_here(shell: OwnersShell) -> None:
    other = shell.run("acr", "show", "-n", "otherregistry")
    assert other.code == 1
    assert "otherregistry" in other.err
    assert "sealyard acr list" in other.err
    assert shell.run("acr", "show", "-n", "myregistry", "-g", "other").code == 1
    assert shell.done("acr", "show", "-n", "localhost:5443", "-g", "Sealyard").json["name"]


def test_roles_are_defined_as_in_azure(shell: OwnersShell) -> None:
    found = shell.done("role", "definition", "list", "--name", "AcrImageSigner").json
    assert [one["name"] for one in found] == ["6cef56e8-d556-48e5-a04f-b8e64114680f"]
    names = shell.done("role", "definition", "list", "--query", "[].roleName", "-o", "tsv").out
    assert "Contributor\n" in names
