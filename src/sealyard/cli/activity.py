"""``sealyard activity``: who did what, when and from where."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sealyard.cli.commands import command, group, plain
from sealyard.cli.spans import EndTime, Offset, StartTime, span
from sealyard.cli.terminal import Terminal
from sealyard.client.management.activity import ActivityLog, Event, EventFilter, status_of
from sealyard.client.management.registry import Registries
from sealyard.client.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sealyard.client.management.session import Session

app = group("Read the activity log.")

_COLUMNS = {
    "Time": "time",
    "Caller": "caller",
    "Address": "address",
    "Kind": "kind",
    "Outcome": "outcome",
    "Repository": "repository",
}
_FIELDS: Final = (
    "id", "time", "caller", "callerId", "address", "kind", "outcome", "repository", "resourceId",
    "detail",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Outcome(StrEnum):
    """What became of it."""

    DONE = "done"
    REFUSED = "refused"


class ExportFormat(StrEnum):
    """The forms of an export."""

    JSONL = "jsonl"
    CSV = "csv"


Caller = Annotated[str, typer.Option("--caller", help="Who did it, by name or object id.")]
Kind = Annotated[
    str, typer.Option("--kind", help="What was done, by its beginning: trust, role.assign …")
]
OfOutcome = Annotated[
    Outcome | None, typer.Option("--outcome", help="Only what was done, or what was refused.")
]
Repository = Annotated[str, typer.Option("--repository", help="In which repository.")]


@app.callback()
def activity() -> None:
    """Read the activity log."""


@command(app, "list", _COLUMNS)
def list_all(
    terminal: Terminal,
    caller: Caller = "",
    kind: Kind = "",
    outcome: OfOutcome = None,
    repository: Repository = "",
    start_time: StartTime = "",
    end_time: EndTime = "",
    offset: Offset = "",
    max_events: Annotated[
        int, typer.Option("--max-events", min=1, max=1_000_000, help="How many at most.")
    ] = 50,
) -> list[Event]:
    """List changes of trust, policies, roles and identities, and refusals; the newest first."""
    times = span(terminal, start_time, end_time, offset)
    with terminal.session() as session:
        wanted = _wanted(session, caller, kind, outcome, repository, times)
        return ActivityLog(session).events(wanted, max_events)


@plain(app, "export")
def export(
    terminal: Terminal,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="JSON, one event a line, or CSV.")
    ] = ExportFormat.JSONL,
    after: Annotated[
        int, typer.Option("--after", min=0, metavar="ID", help="What follows the event of that id.")
    ] = 0,
    caller: Caller = "",
    kind: Kind = "",
    outcome: OfOutcome = None,
    repository: Repository = "",
    start_time: StartTime = "",
    end_time: EndTime = "",
    offset: Offset = "",
) -> None:
    """Write all matching events to standard output, the oldest first, page by page.

    With the id of the last one as --after, the next export goes on there: nothing is lost and
    nothing comes twice, whatever is logged meanwhile.
    """
    times = span(terminal, start_time, end_time, offset)
    with terminal.session() as session:
        wanted = _wanted(session, caller, kind, outcome, repository, times)
        found = ActivityLog(session).from_the_oldest(wanted, after)
        (_write_csv if form is ExportFormat.CSV else _write_json_lines)(found)


def _wanted(
    session: Session,
    caller: str,
    kind: str,
    outcome: Outcome | None,
    repository: str,
    times: tuple[str, str],
) -> EventFilter:
    resource = ""
    if repository:
        registry = Registries(session).show(session.profile.registry_name)
        resource = f"{registry['id']}/repositories/{repository}"
    return EventFilter(caller, kind, resource, *times, status=status_of(outcome or ""))


def _write_json_lines(events: Iterable[Event]) -> None:
    for event in events:
        # In ASCII: nothing of it moves the cursor of a terminal.
        sys.stdout.write(json.dumps(event) + "\n")


def _write_csv(events: Iterable[Event]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_FIELDS)
    for event in events:
        writer.writerow([_cell(event[name]) for name in _FIELDS])


def _cell(value: Any) -> str:  # noqa: ANN401 (plain JSON values)
    """Write a cell that neither a terminal nor a spreadsheet acts on."""
    text = json.dumps(value) if isinstance(value, dict) else printable(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
