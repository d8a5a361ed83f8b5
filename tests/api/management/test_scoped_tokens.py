"""Scope maps, tokens, the admin user and anonymous pull, in the shapes that az reads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import basic

if TYPE_CHECKING:
    import httpx

    from management_setup import ManagementSetup

READ = ["repositories/team/*/content/read", "repositories/team/*/metadata/read"]
SIGN = "repositories/team/*/sign/write"


def map_body(*actions: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 (plain JSON)
    return {"properties": {"actions": list(actions), **more}}


def at(server: ManagementSetup, path: str) -> str:
    return f"{server.registry_id}/{path}"


def made_token(server: ManagementSetup, name: str = "robot") -> httpx.Response:
    assert server.ask("PUT", at(server, "scopeMaps/build"), body=map_body(*READ)).is_success
    body = {"properties": {"scopeMapId": at(server, "scopeMaps/build"), "status": "enabled"}}
    return server.ask("PUT", at(server, f"tokens/{name}"), body=body)


def generated(server: ManagementSetup, **body: str) -> httpx.Response:
    whole = {"tokenId": at(server, "tokens/robot"), **body}
    return server.ask("POST", at(server, "generateCredentials"), body=whole)


def test_a_scope_map_is_made_shown_changed_and_deleted(server: ManagementSetup) -> None:
    path = at(server, "scopemaps/Build")
    answer = server.ask("PUT", path, body=map_body(*READ, description="for builds"))
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["id"] == at(server, "scopeMaps/Build")
    assert shown["type"] == "Microsoft.ContainerRegistry/registries/scopeMaps"
    assert shown["properties"]["type"] == "UserDefined"
    assert shown["properties"]["provisioningState"] == "Succeeded"
    assert shown["properties"]["actions"] == READ
    assert server.ask("PUT", path, body=map_body(*READ, description="for builds")).json() == shown
    assert server.ask("GET", at(server, "scopeMaps/build")).json() == shown
    changed = server.ask("PATCH", path, body=map_body(SIGN)).json()["properties"]
    assert (changed["actions"], changed["description"]) == ([SIGN], "for builds")
    assert server.ask("DELETE", path).status_code == 200
    assert server.ask("GET", path).status_code == 404


def test_the_maps_of_the_system_are_listed_first_and_refuse_changes(
    server: ManagementSetup,
) -> None:
    made_token(server)
    shown = server.ask("GET", at(server, "scopeMaps")).json()["value"]
    kinds = [(one["name"], one["properties"]["type"]) for one in shown]
    assert kinds[-1] == ("build", "UserDefined")
    assert kinds[0] == ("_repositories_admin", "SystemDefined")
    for method in ("PUT", "PATCH", "DELETE"):
        answer = server.ask(method, at(server, "scopeMaps/_repositories_pull"), body=map_body())
        assert answer.status_code == 409


@pytest.mark.parametrize(
    "action", ["repositories/app/content/sign", "gateway/edge/config/read", "everything"]
)
def test_an_action_that_is_none_is_refused_in_words(server: ManagementSetup, action: str) -> None:
    answer = server.ask("PUT", at(server, "scopeMaps/build"), body=map_body(action))
    assert answer.status_code == 400
    assert "sign/write" in answer.json()["error"]["message"]


def test_a_token_is_made_and_signs_in_with_passwords_that_are_shown_once(
    server: ManagementSetup,
) -> None:
    answer = made_token(server)
    assert answer.status_code == 201
    properties = answer.json()["properties"]
    assert properties["scopeMapId"] == at(server, "scopeMaps/build")
    assert properties["credentials"] == {"certificates": [], "passwords": []}
    made = generated(server, expiry="2027-01-01T00:00:00Z").json()
    assert made["username"] == "robot"
    assert [one["name"] for one in made["passwords"]] == ["password1", "password2"]
    authenticator = server.directory.authenticator
    for one in made["passwords"]:
        assert one["expiry"] == "2027-01-01T00:00:00.000000Z"
        asyncio.run(authenticator.caller(basic("robot", one["value"]), "192.0.2.1"))
    shown = server.ask("GET", at(server, "tokens/ROBOT"))
    listed = server.ask("GET", at(server, "tokens")).json()["value"]
    assert listed == [shown.json()]
    held = shown.json()["properties"]["credentials"]["passwords"]
    assert [one["name"] for one in held] == ["password1", "password2"]
    assert not any(one["value"] in shown.text for one in made["passwords"])


def test_one_password_is_made_again_and_one_deleted(server: ManagementSetup) -> None:
    made_token(server)
    generated(server)
    (only,) = generated(server, name="password2").json()["passwords"]
    assert only["name"] == "password2"
    assert "expiry" not in only
    kept = {"properties": {"credentials": {"passwords": [{"name": "password2"}]}}}
    changed = server.ask("PATCH", at(server, "tokens/robot"), body=kept).json()["properties"]
    assert [one["name"] for one in changed["credentials"]["passwords"]] == ["password2"]
    assert changed["status"] == "enabled"
    assert generated(server, name="password3").status_code == 400


def test_a_token_is_disabled_and_given_another_map(server: ManagementSetup) -> None:
    made_token(server)
    wanted = {"status": "disabled", "scopeMapId": at(server, "scopeMaps/_repositories_push")}
    answer = server.ask("PATCH", at(server, "tokens/robot"), body={"properties": wanted})
    properties = answer.json()["properties"]
    assert {name: properties[name] for name in wanted} == wanted
    assert server.ask("DELETE", at(server, "scopeMaps/build")).status_code == 200
    assert server.ask("DELETE", at(server, "tokens/robot")).status_code == 200
    assert server.ask("GET", at(server, "tokens/robot")).status_code == 404


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({}, 400),
        ({"scopeMapId": "build"}, 400),
        ({"scopeMapId": "REGISTRY/scopeMaps/nothing"}, 404),
        ({"scopeMapId": "REGISTRY/tokens/build"}, 400),
        ({"scopeMapId": "REGISTRY/scopeMaps/build", "status": "perhaps"}, 400),
        (
            {
                "scopeMapId": "REGISTRY/scopeMaps/build",
                "credentials": {"certificates": [{"name": "certificate1"}]},
            },
            400,
        ),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    server: ManagementSetup, properties: dict[str, Any], status: int
) -> None:
    made_token(server)
    if "scopeMapId" in properties:
        full = properties["scopeMapId"].replace("REGISTRY", server.registry_id)
        properties = {**properties, "scopeMapId": full}
    answer = server.ask("PUT", at(server, "tokens/other"), body={"properties": properties})
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_many_are_listed_in_pages(server: ManagementSetup) -> None:
    made_token(server)
    body = {"properties": {"scopeMapId": at(server, "scopeMaps/build")}}
    for number in range(205):
        server.ask("PUT", at(server, f"tokens/token-{number:03}"), body=body)
    first = server.ask("GET", at(server, "tokens")).json()
    assert len(first["value"]) == 200
    second = server.ask("GET", first["nextLink"]).json()
    names = [one["name"] for one in first["value"] + second["value"]]
    assert len(set(names)) == 206
    assert "nextLink" not in second


def test_readers_show_and_change_nothing_and_strangers_see_nothing(
    server: ManagementSetup,
) -> None:
    made_token(server)
    server.add_user("rita@example.com", "Reader")
    server.add_user("pia@example.com", "AcrPush")
    assert server.ask("GET", at(server, "tokens"), who="rita@example.com").is_success
    for who in ("rita@example.com", "pia@example.com"):
        body: dict[str, Any] = {"tokenId": at(server, "tokens/robot"), **map_body()}
        for method, path in (
            ("PUT", "scopeMaps/other"),
            ("DELETE", "tokens/robot"),
            ("POST", "generateCredentials"),
            ("POST", "listCredentials"),
        ):
            assert server.ask(method, at(server, path), who=who, body=body).status_code == 403
    assert server.ask("GET", at(server, "tokens"), who="pia@example.com").status_code == 403


def test_a_contributor_is_told_why_it_makes_no_token_that_signs(server: ManagementSetup) -> None:
    server.add_user("carol@example.com", "Contributor")
    answer = server.ask(
        "PUT", at(server, "scopeMaps/build"), who="carol@example.com", body=map_body(SIGN)
    )
    assert answer.status_code == 403
    message = answer.json()["error"]["message"]
    assert SIGN in message
    assert "Owner or User Access Administrator" in message


def test_the_admin_user_is_switched_on_shown_renewed_and_switched_off(
    server: ManagementSetup,
) -> None:
    def switched(*, on: bool) -> bool:
        body = {"properties": {"adminUserEnabled": on}}
        answer = server.ask("PATCH", server.registry_id, body=body)
        return bool(answer.json()["properties"]["adminUserEnabled"])

    assert server.ask("POST", at(server, "listCredentials")).status_code == 409
    assert switched(on=True)
    before = server.ask("POST", at(server, "listCredentials")).json()
    assert before["username"] == "myregistry"
    assert [one["name"] for one in before["passwords"]] == ["password", "password2"]
    renewed = server.ask("POST", at(server, "regenerateCredential"), body={"name": "password2"})
    first, second = renewed.json()["passwords"]
    assert first == before["passwords"][0]
    assert second["value"] != before["passwords"][1]["value"]
    assert not switched(on=False)
    assert server.ask("POST", at(server, "listCredentials")).status_code == 409
    body = {"name": "password2"}
    assert server.ask("POST", at(server, "regenerateCredential"), body=body).status_code == 409


def test_anonymous_pull_is_switched_and_shown(server: ManagementSetup) -> None:
    for on in (True, False):
        body = {"properties": {"anonymousPullEnabled": on}}
        server.ask("PATCH", server.registry_id, body=body)
        shown = server.ask("GET", server.registry_id).json()["properties"]
        assert shown["anonymousPullEnabled"] is on
