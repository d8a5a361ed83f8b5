"""Groups as az sends and reads them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from management_setup import SERVER

if TYPE_CHECKING:
    from management_setup import ManagementSetup

ALICE = "alice@example.com"
SIGNERS = {
    "displayName": "Signers",
    "mailNickname": "signers",
    "mailEnabled": False,
    "securityEnabled": True,
}
SIGNER_ROLE = "6cef56e8-d556-48e5-a04f-b8e64114680f"


def create(server: ManagementSetup, **fields: object) -> dict[str, Any]:
    answer = server.ask("POST", "/v1.0/groups", body=SIGNERS | fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def add(server: ManagementSetup, group: str, member: str) -> int:
    body = {"@odata.id": f"{SERVER}/v1.0/directoryObjects/{member}"}
    return server.ask("POST", f"/v1.0/groups/{group}/members/$ref", body=body).status_code


def values(server: ManagementSetup, path: str, **params: str) -> list[Any]:
    found: list[Any] = server.ask("GET", path, params=params).json()["value"]
    return found


def test_a_group_is_made_found_changed_and_deleted(server: ManagementSetup) -> None:
    made = create(server)
    assert made["securityEnabled"] is True
    for name in (made["id"], "Signers", "SIGNERS"):
        assert server.ask("GET", f"/v1.0/groups/{name}").json() == made
    for condition in (
        "displayName eq 'signers' and mailNickname eq 'signers'",
        "startswith(displayName,'Sig')",
    ):
        assert values(server, "/v1.0/groups", **{"$filter": condition}) == [made]
    assert values(server, "/v1.0/groups", **{"$filter": "startswith(displayName,'%')"}) == []
    changed = {"displayName": "Those who sign", "description": "all of them"}
    assert server.ask("PATCH", f"/v1.0/groups/{made['id']}", body=changed).status_code == 204
    assert server.ask("GET", "/v1.0/groups/Those who sign").json()["description"] == "all of them"
    assert server.ask("DELETE", f"/v1.0/groups/{made['id']}").status_code == 204
    assert server.ask("GET", f"/v1.0/groups/{made['id']}").status_code == 404


def test_members_come_go_and_are_asked_for(server: ManagementSetup) -> None:
    alice, group = server.add_user(ALICE), create(server)["id"]
    assert add(server, group, alice) == 204
    assert add(server, group, alice) == 409
    assert [
        one["userPrincipalName"] for one in values(server, f"/v1.0/groups/{group}/members")
    ] == [ALICE]
    asked = {"groupIds": [group, str(uuid.uuid4())]}
    for kind in ("users", "directoryObjects"):
        path = f"/v1.0/{kind}/{alice}/"
        answer = server.ask("POST", path + "checkMemberGroups", body=asked)
        assert answer.json() == {"value": [group]}
        answer = server.ask("POST", path + "getMemberGroups", body={"securityEnabledOnly": False})
        assert answer.json() == {"value": [group]}
    assert server.ask("POST", f"/v1.0/groups/{group}/getMemberGroups").json() == {"value": []}
    path = f"/v1.0/groups/{group}/members/{alice}/$ref"
    assert server.ask("DELETE", path).status_code == 204
    assert server.ask("DELETE", path).status_code == 404
    assert values(server, f"/v1.0/groups/{group}/members") == []


def test_members_come_in_pages(server: ManagementSetup) -> None:
    group = create(server)["id"]
    members = sorted(server.add_user(f"user{number}@example.com") for number in range(3))
    for member in members:
        assert add(server, group, member) == 204
    first = server.ask("GET", f"/v1.0/groups/{group}/members", params={"$top": "2"}).json()
    rest = server.ask("GET", first["@odata.nextLink"].removeprefix(SERVER)).json()
    assert [one["id"] for one in first["value"] + rest["value"]] == members


def test_a_role_that_a_group_is_granted_reaches_its_members_at_once(
    server: ManagementSetup,
) -> None:
    alice, group = server.add_user(ALICE), create(server)["id"]
    add(server, group, alice)
    role = f"{server.subscription}/providers/Microsoft.Authorization/roleDefinitions/"
    wanted = {
        "roleDefinitionId": role + "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        "principalId": group,
        "principalType": "Group",
    }
    path = f"{server.registry_id}/providers/Microsoft.Authorization/roleAssignments/"
    made = server.ask("PUT", path + str(uuid.uuid4()), body={"properties": wanted})
    assert made.status_code == 201, made.text
    assert made.json()["properties"]["principalType"] == "Group"
    assert server.ask("GET", "/v1.0/users", who=ALICE).status_code == 200
    found = server.ask(
        "GET", path.rstrip("/"), params={"$filter": f"assignedTo('{alice}')"}
    ).json()["value"]
    assert [one["properties"]["principalId"] for one in found] == [group]
    body = {"ids": [group, alice], "types": ["group"]}
    shown = server.ask("POST", "/v1.0/directoryObjects/getByIds", body=body).json()["value"]
    assert [(one["@odata.type"], one["displayName"]) for one in shown] == [
        ("#microsoft.graph.group", "Signers")
    ]
    server.ask("DELETE", f"/v1.0/groups/{group}/members/{alice}/$ref")
    assert server.ask("GET", "/v1.0/users", who=ALICE).status_code == 403


def test_groups_have_no_owners_of_their_own(server: ManagementSetup) -> None:
    group = create(server)["id"]
    assert values(server, f"/v1.0/groups/{group}/owners") == []
    answer = server.ask("POST", f"/v1.0/groups/{group}/owners/$ref", body={"@odata.id": "x/y"})
    assert answer.status_code == 409
    assert "the registry's Owners change them" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": ""},
        SIGNERS | {"mailEnabled": True},
        SIGNERS | {"securityEnabled": False},
        SIGNERS | {"displayName": "alice@example.com"},
    ],
)
def test_a_group_that_cannot_be_is_refused(server: ManagementSetup, body: object) -> None:
    assert server.ask("POST", "/v1.0/groups", body=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1.0/groups"),
        ("GET", "/v1.0/groups/Signers"),
        ("GET", "/v1.0/groups/Signers/members"),
        ("GET", "/v1.0/groups/Signers/owners"),
        ("POST", "/v1.0/groups"),
        ("PATCH", "/v1.0/groups/Signers"),
        ("DELETE", "/v1.0/groups/Signers"),
        ("POST", "/v1.0/groups/Signers/members/$ref"),
        ("DELETE", "/v1.0/groups/Signers/members/admin/$ref"),
        ("POST", "/v1.0/groups/Signers/owners/$ref"),
        ("POST", "/v1.0/users/admin/getMemberGroups"),
        ("POST", "/v1.0/users/admin/checkMemberGroups"),
    ],
)
def test_who_holds_no_right_to_it_is_refused(
    server: ManagementSetup, method: str, path: str
) -> None:
    create(server)
    alice = server.add_user(ALICE, "AcrPush", "AcrImageSigner")
    body = SIGNERS | {"@odata.id": f"x/{alice}", "groupIds": []}
    assert server.ask(method, path, who=ALICE, body=body).status_code == 403
    assert server.http.request(method, path, json=body).status_code == 401


def test_a_condition_is_refused_and_nothing_is_granted(server: ManagementSetup) -> None:
    alice = server.add_user(ALICE)
    role = f"{server.subscription}/providers/Microsoft.Authorization/roleDefinitions/{SIGNER_ROLE}"
    wanted = {"roleDefinitionId": role, "principalId": alice, "condition": "@Resource[x] == 'y'"}
    path = f"{server.registry_id}/providers/Microsoft.Authorization/roleAssignments"
    answer = server.ask("PUT", f"{path}/{uuid.uuid4()}", body={"properties": wanted})
    assert answer.status_code == 400
    assert "no conditions here" in answer.text
    found = server.ask("GET", path, params={"$filter": f"principalId eq '{alice}'"}).json()
    assert found["value"] == []
