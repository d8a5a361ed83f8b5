"""The activity log at a terminal: listed, exported in both forms, and in az's own words."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER

if TYPE_CHECKING:
    from shell_setup import OwnersShell

AZ = ("monitor", "activity-log", "list")


def exported(shell: OwnersShell, *arguments: str) -> list[dict[str, Any]]:
    lines = shell.done("activity", "export", *arguments).out.splitlines()
    return [json.loads(line) for line in lines]


def test_an_export_is_everything_the_oldest_first(
    shell: OwnersShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealyard.client.management.activity._MAX_PAGE", 2)
    for number in range(5):
        shell.server.add_user(f"user{number}@example.com")
    listed = shell.done("activity", "list").json
    assert exported(shell) == listed[::-1]
    assert len(listed) > 5


def test_the_next_export_goes_on_after_the_last_event(shell: OwnersShell) -> None:
    shell.server.add_user("alice@example.com")
    first = exported(shell)
    shell.server.add_user("bob@example.com")
    shell.server.grant("bob@example.com", "AcrPull", "team/app")
    later = exported(shell, "--after", first[-1]["id"])
    assert [(one["kind"], one["repository"]) for one in later] == [
        ("user.create", ""),
        ("role.assign", "team/app"),
    ]
    assert exported(shell, "--after", later[-1]["id"]) == []


@pytest.mark.parametrize(
    ("chosen", "kinds"),
    [
        (["--repository", "team/app"], ["role.assign"]),
        (["--kind", "user"], ["user.create"]),
        (["--outcome", "refused"], []),
        (["--outcome", "done", "--kind", "user"], ["user.create"]),
        (["--caller", "alice@example.com"], []),
        (["--caller", OWNER, "--offset", "30m"], ["role.assign"]),
        (["--start-time", "2026-11-23T12:00:00Z", "--offset", "30m"], ["user.create"]),
        (["--end-time", "2026-11-23T12:30:00", "--offset", "1h", "--kind", "u"], ["user.create"]),
    ],
)
def test_list_and_export_choose_alike(
    shell: OwnersShell, chosen: list[str], kinds: list[str]
) -> None:
    shell.server.directory.clock.move(seconds=1)
    shell.server.add_user("alice@example.com")
    shell.server.directory.clock.move(hours=1)
    shell.server.grant("alice@example.com", "AcrPull", "team/app")
    own = [one["kind"] for one in exported(shell, *chosen) if one["caller"] == OWNER]
    assert own == kinds
    listed = shell.done("activity", "list", *chosen).json
    assert [one["kind"] for one in listed if one["caller"] == OWNER] == kinds[::-1]


def test_a_table_for_spreadsheets_holds_no_formula(shell: OwnersShell) -> None:
    shell.done("ad", "sp", "create-for-rbac", "--name", "=cmd|' /C calc'!A0")
    rows = list(
        csv.DictReader(io.StringIO(shell.done("activity", "export", "--format", "csv").out))
    )
    events = exported(shell)
    assert [row["id"] for row in rows] == [event["id"] for event in events]
    assert json.loads(rows[-1]["detail"]) == events[-1]["detail"]
    assert set(rows[0]) == set(events[0])
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_an_event_of_a_hostile_name_moves_no_cursor(
    shell: OwnersShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = {"caller": "\x1b[2Jx", "address": "-1+2", "detail": {"name": "\x1b]0;x\x07"}}
    names = ("id", "time", "callerId", "kind", "outcome", "repository", "resourceId")
    monkeypatch.setattr(
        "sealyard.client.management.activity._event",
        lambda _: dict.fromkeys(names, "") | hostile,
    )
    for form in ("csv", "jsonl"):
        printed = shell.done("activity", "export", "--format", form).out
        assert printed.replace("\n", "").isprintable(), form
    assert ",'-1+2," in shell.done("activity", "export", "--format", "csv").out


def test_az_lists_events_in_azs_form(shell: OwnersShell) -> None:
    shell.server.add_user("alice@example.com")
    shell.server.directory.clock.move(hours=1)
    shell.server.grant("alice@example.com", "AcrPull", "team/app")
    registry = shell.done("acr", "show", "-n", "myregistry", "--query", "id", "-o", "tsv").out
    everything = shell.done(*AZ, "--resource-id", registry.strip()).json
    assert everything[0]["operationName"]["value"] == "role.assign"
    assert everything[0]["status"]["value"] == "Succeeded"
    for chosen, count in (
        (["-g", "Sealyard", "--namespace", "microsoft.containerregistry"], len(everything)),
        (["--resource-id", f"{registry.strip()}/repositories/team/app"], 1),
        (["--correlation-id", everything[0]["correlationId"]], 1),
        (["--status", "Failed"], 0),
        (["--offset", "30m"], 1),
        (["--start-time", "2026-11-01", "--offset", "1d"], 0),
        (["--max-events", "1"], 1),
    ):
        assert len(shell.done(*AZ, *chosen).json) == count, chosen
    selected = shell.done(*AZ, "--select", "caller", "level", "--max-events", "1").json
    assert selected == [{"caller": OWNER, "level": "Informational"}]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--offset", "soon"],
        ["--start-time", "yesterday"],
        ["--start-time", "9999-12-31", "--offset", "9d"],
    ],
)
def test_a_time_that_is_none_is_wrong_usage(shell: OwnersShell, arguments: list[str]) -> None:
    assert shell.run("activity", "export", *arguments).code == 2
    assert shell.run(*AZ, *arguments).code == 2


def test_the_log_is_exported_by_who_may_read_it_alone(shell: OwnersShell) -> None:
    shell.server.add_user("signer@example.com", "AcrImageSigner", "AcrPush")
    shell.sign_in("signer@example.com", "the password of signer@example.com")
    refused = shell.run("activity", "export")
    assert refused.code == 1
    assert refused.out == ""
    assert "may not read the activity log" in refused.err
