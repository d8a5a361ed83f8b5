from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER

if TYPE_CHECKING:
    from management_setup import ManagementSetup

RBAC = "/v1.0/servicePrincipals/sealyard.createForRbac"


def find(server: ManagementSetup, condition: str) -> list[dict[str, Any]]:
    answer = server.ask("GET", "/v1.0/servicePrincipals", params={"$filter": condition})
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def test_az_makes_a_service_principal_in_its_four_steps(server: ManagementSetup) -> None:
    assert find(server, "displayName eq 'ci'") == []
    params = {"$filter": "startswith(displayName,'ci')"}
    assert server.ask("GET", "/v1.0/applications", params=params).json() == {"value": []}
    wanted = {"displayName": "ci", "keyCredentials": []}
    application = server.ask("POST", "/v1.0/applications", body=wanted)
    assert application.status_code == 201
    app_id = application.json()["appId"]
    body = {
        "passwordCredential": {
            "displayName": "rbac",
            "startDateTime": "2026-11-23T12:00:00Z",
            "endDateTime": "2027-11-23T12:00:00Z",
        }
    }
    path = f"/v1.0/applications/{application.json()['id']}/addPassword"
    secret = server.ask("POST", path, body=body).json()
    assert secret["endDateTime"] == "2027-11-23T12:00:00Z"
    principal = server.ask(
        "POST", "/v1.0/servicePrincipals", body={"appId": app_id, "accountEnabled": "true"}
    )
    assert principal.status_code == 201
    assert principal.json()["id"] != application.json()["id"]
    signed_in = server.sign_in(
        grant_type="client_credentials", client_id=app_id, client_secret=secret["secretText"]
    )
    assert signed_in.is_success


def test_a_principal_is_found_by_each_of_its_names(server: ManagementSetup) -> None:
    body = {"displayName": "ci", "identifierUris": ["https://ci.example.com"]}
    app_id = server.ask("POST", "/v1.0/applications", body=body).json()["appId"]
    for name in (app_id, "https://ci.example.com"):
        found = find(server, f"servicePrincipalNames/any(c:c eq '{name}')")
        assert [one["appId"] for one in found] == [app_id]
    # az takes the first of these names for the principal's name.
    assert found[0]["servicePrincipalNames"] == [app_id, "https://ci.example.com"]
    shown = server.ask("GET", f"/v1.0/servicePrincipals/{found[0]['id']}").json()
    assert shown["displayName"] == "ci"


def test_ids_of_any_kind_are_told_apart(server: ManagementSetup) -> None:
    body = {"displayName": "ci"}
    principal = server.ask("POST", RBAC, body=body).json()["servicePrincipal"]["id"]
    user = server.ask("GET", "/v1.0/me").json()["id"]
    wanted = {"ids": [principal, user, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"]}
    wanted["types"] = ["user", "group", "servicePrincipal", "directoryObjectPartnerReference"]
    found = server.ask("POST", "/v1.0/directoryObjects/getByIds", body=wanted).json()["value"]
    assert {one["@odata.type"]: one["id"] for one in found} == {
        "#microsoft.graph.servicePrincipal": principal,
        "#microsoft.graph.user": user,
    }
    wanted["types"] = ["user"]
    found = server.ask("POST", "/v1.0/directoryObjects/getByIds", body=wanted).json()["value"]
    assert [one["userPrincipalName"] for one in found] == [OWNER]


def test_principal_secret_and_role_are_made_together(server: ManagementSetup) -> None:
    body = {"displayName": "ci", "role": "AcrPush", "scopes": [server.registry_id]}
    answer = server.ask("POST", RBAC, body=body)
    assert answer.status_code == 201
    principal = answer.json()["servicePrincipal"]
    held = server.ask(
        "GET",
        f"{server.registry_id}/providers/Microsoft.Authorization/roleAssignments",
        params={"$filter": f"principalId eq '{principal['id']}'"},
    ).json()["value"]
    assert [one["properties"]["roleName"] for one in held] == ["AcrPush"]


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "AcrPush"},
        {"scopes": ["{registry}"]},
        {"role": "AcrPush", "scopes": ["{registry}/repositories/NO"]},
        {"role": "AcrNothing", "scopes": ["{registry}"]},
        {"passwordCredential": {"endDateTime": "soon"}},
        {"passwordCredential": {"endDateTime": "2001-01-01T00:00:00Z"}},
    ],
)
def test_nothing_is_made_if_a_part_of_it_cannot_be(
    server: ManagementSetup, fields: dict[str, Any]
) -> None:
    if "scopes" in fields:
        fields = fields | {
            "scopes": [one.format(registry=server.registry_id) for one in fields["scopes"]]
        }
    answer = server.ask("POST", RBAC, body={"displayName": "ci", **fields})
    assert answer.status_code in {400, 404}
    assert find(server, "displayName eq 'ci'") == []


def test_a_reset_leaves_one_secret_and_an_added_one_comes_on_top(server: ManagementSetup) -> None:
    made = server.ask("POST", RBAC, body={"displayName": "ci"}).json()
    app_id, first = made["servicePrincipal"]["appId"], made["passwordCredential"]["secretText"]
    path = f"/v1.0/servicePrincipals/{made['servicePrincipal']['id']}"

    def works(secret: str) -> bool:
        return server.sign_in(
            grant_type="client_credentials", client_id=app_id, client_secret=secret
        ).is_success

    second = server.ask("POST", path + "/addPassword", body={}).json()
    assert works(first)
    assert works(second["secretText"])
    key = {"keyId": second["keyId"]}
    assert server.ask("POST", path + "/removePassword", body=key).status_code == 204
    assert not works(second["secretText"])
    third = server.ask("POST", path + "/sealyard.resetPassword", body={}).json()["secretText"]
    assert works(third)
    assert not works(first)
    shown = server.ask("GET", path).json()["passwordCredentials"]
    assert [one["hint"] for one in shown] == [third[:3]]
    assert [one["secretText"] for one in shown] == [None]


def test_a_principal_is_changed_disabled_and_deleted(server: ManagementSetup) -> None:
    made = server.ask("POST", RBAC, body={"displayName": "ci"}).json()
    path = f"/v1.0/servicePrincipals/{made['servicePrincipal']['id']}"
    changes = {"displayName": "build", "servicePrincipalNames": ["https://build"]}
    assert server.ask("PATCH", path, body=changes).status_code == 204
    shown = server.ask("GET", path).json()
    assert shown["displayName"] == "build"
    assert shown["servicePrincipalNames"] == [shown["appId"], "https://build"]
    form = {
        "grant_type": "client_credentials",
        "client_id": shown["appId"],
        "client_secret": made["passwordCredential"]["secretText"],
    }
    assert server.sign_in(**form).is_success
    assert server.ask("PATCH", path, body={"accountEnabled": False}).status_code == 204
    assert not server.sign_in(**form).is_success
    assert server.ask("DELETE", path).status_code == 204
    assert server.ask("GET", path).status_code == 404


def test_a_service_principal_may_read_itself_and_has_no_me(server: ManagementSetup) -> None:
    made = server.ask("POST", RBAC, body={"displayName": "ci"}).json()
    principal = made["servicePrincipal"]
    token = server.sign_in(
        grant_type="client_credentials",
        client_id=principal["appId"],
        client_secret=made["passwordCredential"]["secretText"],
    ).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    shown = server.http.get(f"/v1.0/servicePrincipals/{principal['id']}", headers=headers)
    assert shown.json()["appId"] == principal["appId"]
    assert shown.json()["passwordCredentials"] == []
    assert server.http.get("/v1.0/me", headers=headers).status_code == 400
