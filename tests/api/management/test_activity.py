from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import ADDRESS, OWNER

if TYPE_CHECKING:
    from management_setup import ManagementSetup

EVENTS = "/providers/Microsoft.Insights/eventtypes/management/values"


def events(server: ManagementSetup, condition: str = "", **params: str) -> dict[str, Any]:
    if condition:
        params["$filter"] = condition
    answer = server.ask("GET", server.subscription + EVENTS, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kinds(found: dict[str, Any]) -> list[str]:
    return [one["operationName"]["value"] for one in found["value"]]


def test_an_event_says_who_what_when_and_from_where(server: ManagementSetup) -> None:
    server.add_user("alice@example.com", "AcrPull")
    newest = events(server)["value"][0]
    assert newest["operationName"]["value"] == "role.assign"
    assert newest["caller"] == OWNER
    assert newest["httpRequest"]["clientIpAddress"] == ADDRESS
    assert newest["eventTimestamp"] == "2026-11-23T12:00:00.000000Z"
    assert newest["resourceId"] == server.registry_id
    assert newest["properties"]["assignee"] == "alice@example.com"


def test_events_are_chosen_by_kind_caller_repository_and_time(server: ManagementSetup) -> None:
    server.add_user("alice@example.com")
    server.directory.clock.move(days=1)
    server.grant("alice@example.com", "AcrPull", "team/app")

    assert kinds(events(server, "operationName eq 'user'"))[0] == "user.create"
    assert events(server, "caller eq 'alice@example.com'")["value"] == []
    repository = f"{server.registry_id}/repositories/team/app"
    assert kinds(events(server, f"resourceUri eq '{repository}'")) == ["role.assign"]
    later = "eventTimestamp ge '2026-11-24T00:00:00Z' and eventTimestamp le '2026-11-25T00:00:00Z'"
    assert kinds(events(server, later)) == ["role.assign"]


def test_pages_follow_each_other_without_gaps(server: ManagementSetup) -> None:
    for number in range(5):
        server.add_user(f"user{number}@example.com")
    everything = kinds(events(server))
    found: list[str] = []
    page = events(server, **{"$top": "2"})
    while True:
        found += kinds(page)
        if "nextLink" not in page:
            break
        page = server.ask("GET", page["nextLink"]).json()
    assert found == everything


@pytest.mark.parametrize(
    "params",
    [
        {"$top": "0"},
        {"$top": "many"},
        {"$skiptoken": "9" * 30},
        {"$filter": "eventTimestamp ge 'yesterday'"},
        {"$filter": "level eq 'Error'"},
    ],
)
def test_what_is_not_understood_is_refused(server: ManagementSetup, params: dict[str, str]) -> None:
    answer = server.ask("GET", server.subscription + EVENTS, params=params)
    assert answer.status_code == 400


def test_the_log_is_not_for_everybody(server: ManagementSetup) -> None:
    server.add_user("signer@example.com", "AcrImageSigner", "AcrPush")
    answer = server.ask("GET", server.subscription + EVENTS, who="signer@example.com")
    assert answer.status_code == 403


def test_a_page_is_never_longer_than_what_the_service_gives(
    server: ManagementSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealyard.api.management.activity.MAX_PAGE", 1)
    server.add_user("alice@example.com")
    page = events(server, **{"$top": "1000000"})
    assert len(page["value"]) == 1
    assert "nextLink" in page


def test_details_are_texts_as_az_wants_them(server: ManagementSetup) -> None:
    for status in ("enabled", "disabled"):
        body = {"properties": {"policies": {"trustPolicy": {"status": status}}}}
        assert server.ask("PATCH", server.registry_id, body=body).status_code == 200
    newest = events(server, "operationName eq 'policy.disable'")["value"][0]["properties"]
    assert newest["signatures"] == "5"
    assert {type(value) for value in newest.values()} == {str}
