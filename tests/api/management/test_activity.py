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


def test_az_names_the_resource_the_status_and_the_correlation(server: ManagementSetup) -> None:
    server.add_user("alice@example.com")
    server.grant("alice@example.com", "AcrPull", "team/app")
    newest = events(server, f"resourceId eq '{server.registry_id}'")["value"][0]
    one = events(server, f"correlationId eq '{newest['correlationId'].upper()}'")["value"]
    assert [event["id"] for event in one] == [newest["id"]]
    assert kinds(events(server, "status eq 'Succeeded'"))[0] == "role.assign"
    group = "resourceGroupName eq 'Sealyard' and resourceProvider eq 'microsoft.containerregistry'"
    assert kinds(events(server, group))[0] == "role.assign"


@pytest.mark.parametrize(
    "condition",
    [
        "status eq 'Failed'",
        "status eq 'Started'",
        "correlationId eq '00000000-0000-0000-0000-000000000001'",
        "correlationId eq 'none of ours'",
    ],
)
def test_what_matches_nothing_lists_nothing(server: ManagementSetup, condition: str) -> None:
    assert events(server, condition)["value"] == []


def test_who_acted_is_named_by_user_name_in_any_case_or_by_object_id(
    server: ManagementSetup,
) -> None:
    server.add_user("alice@example.com")
    everything = kinds(events(server, f"caller eq '{OWNER}'"))
    assert kinds(events(server, f"caller eq '{OWNER.upper()}'")) == everything
    owner = server.directory.owner.principal.object_id
    assert kinds(events(server, f"caller eq '{owner}'")) == everything == ["user.create"]


def test_only_the_fields_that_are_asked_for_are_shown(server: ManagementSetup) -> None:
    server.add_user("alice@example.com")
    (newest,) = events(server, **{"$select": "caller , eventTimestamp", "$top": "1"})["value"]
    assert set(newest) == {"caller", "eventTimestamp"}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_what_is_logged_between_two_pages_is_neither_lost_nor_doubled(
    server: ManagementSetup, order: str
) -> None:
    for number in range(4):
        server.add_user(f"earlier{number}@example.com")
    before = {one["eventDataId"] for one in events(server)["value"]}
    page = events(server, **{"$top": "1", "$orderby": f"eventTimestamp {order}"})
    found = [one["eventDataId"] for one in page["value"]]
    arrived = 0
    while "nextLink" in page:
        if arrived < 3:
            arrived += 1
            server.add_user(f"user{arrived}@example.com")
        page = server.ask("GET", page["nextLink"]).json()
        found += [one["eventDataId"] for one in page["value"]]
    assert len(found) == len(set(found))
    numbers = [int(number) for number in found]
    assert numbers == sorted(numbers, reverse=order == "desc")
    assert arrived == 3
    after = {one["eventDataId"] for one in events(server)["value"]}
    assert set(found) == (after if order == "asc" else before)


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
        {"$filter": "eventTimestamp ge '0001-01-01T00:00:00+05:00'"},
        {"$filter": "level eq 'Error'"},
        {"$filter": "status eq 'Failled'"},
        {"$select": "caller,password"},
        {"$orderby": "caller"},
    ],
)
def test_what_is_not_understood_is_refused(server: ManagementSetup, params: dict[str, str]) -> None:
    answer = server.ask("GET", server.subscription + EVENTS, params=params)
    assert answer.status_code == 400


@pytest.mark.parametrize("field", ["resourceGroupName", "resourceProvider"])
def test_another_group_or_provider_is_not_here(server: ManagementSetup, field: str) -> None:
    params = {"$filter": f"{field} eq 'Microsoft.Compute'"}
    answer = server.ask("GET", server.subscription + EVENTS, params=params)
    assert answer.status_code == 404


def test_who_reads_one_repository_reads_its_events_alone(server: ManagementSetup) -> None:
    server.add_user("reader@example.com")
    server.grant("reader@example.com", "Reader", "team/app")
    path = server.subscription + EVENTS
    repository = f"resourceId eq '{server.registry_id}/repositories/team/app'"
    mine = server.ask("GET", path, who="reader@example.com", params={"$filter": repository})
    assert kinds(mine.json()) == ["role.assign"]
    assert server.ask("GET", path, who="reader@example.com").status_code == 403
    other = {"$filter": f"resourceId eq '{server.registry_id}/repositories/team/other'"}
    assert server.ask("GET", path, who="reader@example.com", params=other).status_code == 403


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
