from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER

if TYPE_CHECKING:
    import httpx

    from management_setup import ManagementSetup

AUTHORIZATION = "/providers/Microsoft.Authorization"
SIGNER = "6cef56e8-d556-48e5-a04f-b8e64114680f"


def grant(
    server: ManagementSetup, scope: str, principal: str, role: str = SIGNER, who: str = OWNER
) -> httpx.Response:
    definition = f"{server.subscription}{AUTHORIZATION}/roleDefinitions/{role}"
    properties = {
        "roleDefinitionId": definition,
        "principalId": principal,
        "principalType": "User",
    }
    path = f"{scope}{AUTHORIZATION}/roleAssignments/{uuid.uuid4()}"
    return server.ask("PUT", path, body={"properties": properties}, who=who)


def listed(server: ManagementSetup, scope: str, condition: str = "") -> list[dict[str, Any]]:
    params = {"$filter": condition} if condition else {}
    answer = server.ask("GET", f"{scope}{AUTHORIZATION}/roleAssignments", params=params)
    assert answer.status_code == 200, answer.text
    return [one["properties"] for one in answer.json()["value"]]


def test_one_name_finds_one_role_in_any_case(server: ManagementSetup) -> None:
    path = f"{server.registry_id}{AUTHORIZATION}/roleDefinitions"
    params = {"$filter": "roleName eq 'acrimagesigner'"}
    found = server.ask("GET", path, params=params).json()["value"]
    assert [one["name"] for one in found] == [SIGNER]
    # az compares this id as a text, whatever the scope that it asked at.
    assert found[0]["id"] == f"{server.subscription}{AUTHORIZATION}/roleDefinitions/{SIGNER}"
    assert found[0]["properties"]["permissions"][0]["dataActions"] == [
        "Microsoft.ContainerRegistry/registries/trustedCollections/write"
    ]
    params = {"$filter": "roleName eq 'AcrQuarantineReader'"}
    assert server.ask("GET", path, params=params).json() == {"value": []}


@pytest.mark.parametrize(
    "scope", ["", "{subscription}", "{registry}", "{registry}/repositories/a/b"]
)
def test_all_roles_are_listed_at_any_scope(server: ManagementSetup, scope: str) -> None:
    at = scope.format(subscription=server.subscription, registry=server.registry_id)
    found = server.ask("GET", f"{at}{AUTHORIZATION}/roleDefinitions").json()["value"]
    assert len(found) == 8
    one = server.ask("GET", f"{at}{AUTHORIZATION}/roleDefinitions/{SIGNER}").json()
    assert one["properties"]["roleName"] == "AcrImageSigner"


def test_a_role_is_granted_shown_and_withdrawn(server: ManagementSetup) -> None:
    principal = server.add_user("alice@example.com")
    made = grant(server, server.registry_id, principal)
    assert made.status_code == 201
    held = made.json()
    assert held["properties"]["principalId"] == principal
    assert held["properties"]["principalType"] == "User"
    assert held["properties"]["scope"] == server.registry_id
    assert server.ask("GET", held["id"]).json() == held
    assert server.ask("DELETE", held["id"]).status_code == 200
    assert server.ask("GET", held["id"]).status_code == 404


def test_granting_twice_says_so_in_the_word_that_az_knows(server: ManagementSetup) -> None:
    principal = server.add_user("alice@example.com")
    grant(server, server.registry_id, principal)
    again = grant(server, server.registry_id, principal)
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "RoleAssignmentExists"


def test_a_list_shows_what_holds_at_its_scope(server: ManagementSetup) -> None:
    alice = server.add_user("alice@example.com", "AcrPull")
    server.grant("alice@example.com", "AcrPush", "team/app")
    registry, repository = server.registry_id, f"{server.registry_id}/repositories/team/app"

    assert len(listed(server, registry)) == 3
    assert len(listed(server, registry, "atScope()")) == 2
    assert len(listed(server, repository, "atScope()")) == 3
    assert len(listed(server, f"{registry}/repositories/other")) == 2
    assert len(listed(server, server.subscription)) == 3
    assert listed(server, server.subscription, "atScope()") == []
    of_alice = listed(server, server.subscription, f"principalId eq '{alice}'")
    assert {one["scope"] for one in of_alice} == {registry, repository}
    assert len(listed(server, registry, f"assignedTo('{alice}')")) == 2
    assert listed(server, registry, f"principalId eq '{uuid.uuid4()}'") == []


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("{subscription}", 400),
        ("{subscription}/resourceGroups/sealyard", 400),
        ("{registry}/repositories/UPPER", 400),
        ("/subscriptions/elsewhere/providers/x", 400),
    ],
)
def test_roles_hold_on_the_registry_or_a_repository_only(
    server: ManagementSetup, scope: str, status: int
) -> None:
    principal = server.add_user("alice@example.com")
    at = scope.format(subscription=server.subscription, registry=server.registry_id)
    answer = grant(server, at, principal)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == "InvalidScope"


def test_only_owners_and_access_administrators_grant(server: ManagementSetup) -> None:
    alice = server.add_user("alice@example.com")
    server.add_user("contributor@example.com", "Contributor")
    server.add_user("granter@example.com", "User Access Administrator")
    refused = grant(server, server.registry_id, alice, who="contributor@example.com")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "AuthorizationFailed"
    assert grant(server, server.registry_id, alice, who="granter@example.com").status_code == 201


def test_the_owner_of_a_repository_grants_there_and_only_there(server: ManagementSetup) -> None:
    alice = server.add_user("alice@example.com")
    server.add_user("lead@example.com")
    server.grant("lead@example.com", "Owner", "team/app")
    repository = f"{server.registry_id}/repositories/team/app"
    made = grant(server, repository, alice, who="lead@example.com")
    assert made.status_code == 201
    assert grant(server, server.registry_id, alice, who="lead@example.com").status_code == 403
    assert server.ask("DELETE", made.json()["id"], who="lead@example.com").status_code == 200


def test_a_role_or_a_principal_that_is_not_there_is_named(server: ManagementSetup) -> None:
    alice = server.add_user("alice@example.com")
    unknown = grant(server, server.registry_id, alice, role=str(uuid.uuid4()))
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "RoleDefinitionDoesNotExist"
    nobody = grant(server, server.registry_id, str(uuid.uuid4()))
    assert nobody.status_code == 404


def test_the_last_owner_stays(server: ManagementSetup) -> None:
    mine = server.ask("GET", f"{server.registry_id}{AUTHORIZATION}/roleAssignments").json()["value"]
    answer = server.ask("DELETE", mine[0]["id"])
    assert answer.status_code == 409
    assert "last user who is Owner" in answer.json()["error"]["message"]
