from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER

if TYPE_CHECKING:
    from management_setup import ManagementSetup

ALICE = "alice@example.com"


def create(server: ManagementSetup, name: str = ALICE, **fields: object) -> dict[str, Any]:
    body = {"userPrincipalName": name, "displayName": name.title(), "accountEnabled": True}
    # az sends these two besides.
    body |= {"mailNickname": "alice", "passwordProfile": {"password": "a long password"}}
    answer = server.ask("POST", "/v1.0/users", body=body | fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(server: ManagementSetup, condition: str = "") -> list[str]:
    params = {"$filter": condition} if condition else {}
    found = server.ask("GET", "/v1.0/users", params=params).json()["value"]
    return [one["userPrincipalName"] for one in found]


def test_a_user_is_made_shown_and_deleted(server: ManagementSetup) -> None:
    made = create(server)
    assert "passwordProfile" not in made
    for name in (ALICE, "alice", "ALICE@example.com", made["id"]):
        assert server.ask("GET", f"/v1.0/users/{name}").json() == made
    assert server.sign_in(
        grant_type="password", username=ALICE, password="a long password"
    ).is_success
    assert server.ask("DELETE", f"/v1.0/users/{ALICE}").status_code == 204
    assert server.ask("GET", f"/v1.0/users/{ALICE}").status_code == 404


def test_a_password_that_was_made_up_is_told_once_and_works(server: ManagementSetup) -> None:
    made = create(server, passwordProfile=None)
    password = made["passwordProfile"]["password"]
    assert server.sign_in(grant_type="password", username=ALICE, password=password).is_success
    assert "password" not in server.ask("GET", f"/v1.0/users/{ALICE}").text.lower()


def test_users_are_found_by_the_filters_that_az_sends(server: ManagementSetup) -> None:
    create(server)
    assert names(server) == [OWNER, ALICE]
    assert names(server, "userPrincipalName eq 'Alice@Example.com'") == [ALICE]
    assert names(server, "startswith(displayName,'Alice')") == [ALICE]
    assert names(server, "userPrincipalName eq 'o''brien@example.com'") == []


def test_lists_come_in_pages(server: ManagementSetup) -> None:
    for number in range(3):
        create(server, f"user{number}@example.com")
    page = server.ask("GET", "/v1.0/users", params={"$top": "3"}).json()
    assert len(page["value"]) == 3
    following = server.ask("GET", page["@odata.nextLink"]).json()
    assert [one["userPrincipalName"] for one in following["value"]] == ["user2@example.com"]
    assert "@odata.nextLink" not in following


def test_a_user_is_changed_in_what_the_body_names(server: ManagementSetup) -> None:
    create(server)
    path = f"/v1.0/users/{ALICE}"
    assert server.ask("PATCH", path, body={"displayName": "Alice B."}).status_code == 204
    assert server.ask("GET", path).json()["displayName"] == "Alice B."
    changed = server.ask("PATCH", path, body={"passwordProfile": {}}).json()
    password = changed["passwordProfile"]["password"]
    assert server.sign_in(grant_type="password", username=ALICE, password=password).is_success
    assert server.ask("PATCH", path, body={"accountEnabled": False}).status_code == 204
    refused = server.sign_in(grant_type="password", username=ALICE, password=password)
    assert refused.json()["error"] == "invalid_grant"


def test_me_is_who_asks(server: ManagementSetup) -> None:
    server.add_user(ALICE)
    assert server.ask("GET", "/v1.0/me", who=ALICE).json()["userPrincipalName"] == ALICE


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1.0/users", None),
        ("POST", "/v1.0/users", {"userPrincipalName": "mallory@example.com"}),
        ("PATCH", f"/v1.0/users/{OWNER}", {"passwordProfile": {"password": "mine from now on"}}),
        ("DELETE", f"/v1.0/users/{OWNER}", None),
        ("POST", "/v1.0/applications", {"displayName": "mallory"}),
        ("GET", "/v1.0/servicePrincipals", None),
    ],
)
def test_the_directory_is_closed_to_who_may_not(
    server: ManagementSetup, method: str, path: str, body: object
) -> None:
    server.add_user(ALICE, "AcrPush", "AcrImageSigner")
    answer = server.ask(method, path, who=ALICE, body=body)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "Authorization_RequestDenied"


@pytest.mark.parametrize("body", [{"userPrincipalName": "no at sign"}, {}, [], {"displayName": 1}])
def test_a_user_that_cannot_be_is_refused(server: ManagementSetup, body: object) -> None:
    answer = server.ask("POST", "/v1.0/users", body=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "Request_BadRequest"


def test_a_name_is_taken_once(server: ManagementSetup) -> None:
    create(server)
    body = {"userPrincipalName": ALICE, "displayName": "x"}
    assert server.ask("POST", "/v1.0/users", body=body).status_code == 409


def test_what_graph_has_and_we_have_not_is_not_found(server: ManagementSetup) -> None:
    answer = server.ask("GET", "/v1.0/devices")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "Request_ResourceNotFound"
    assert server.http.get("/v1.0/users").status_code == 401
