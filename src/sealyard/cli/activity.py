"""``sealyard activity``: who did what, when and from where."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

import typer

from sealyard.cli.commands import command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.management.activity import ActivityLog, Event, EventFilter
from sealyard.client.management.registry import Registries

app = group("Read the activity log.")

_COLUMNS = {
    "Time": "time",
    "Caller": "caller",
    "Address": "address",
    "Kind": "kind",
    "Outcome": "outcome",
    "Repository": "repository",
}
_OFFSET: Final = re.compile(r"(\d{1,5})([dhm])")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}


@app.callback()
def activity() -> None:
    """Read the activity log."""


@command(app, "list", _COLUMNS)
def list_all(
    terminal: Terminal,
    caller: Annotated[str, typer.Option("--caller", help="Who did it, by name.")] = "",
    kind: Annotated[
        str, typer.Option("--kind", help="What was done, by its beginning: trust, role.assign …")
    ] = "",
    repository: Annotated[str, typer.Option("--repository", help="In which repository.")] = "",
    start_time: Annotated[
        str, typer.Option("--start-time", metavar="TIME", help="Not before 2026-01-31T12:00:00Z.")
    ] = "",
    end_time: Annotated[
        str, typer.Option("--end-time", metavar="TIME", help="Before that time.")
    ] = "",
    offset: Annotated[
        str, typer.Option("--offset", metavar="7d|12h|30m", help="Since how long ago.")
    ] = "",
    max_events: Annotated[
        int, typer.Option("--max-events", min=1, max=1_000_000, help="How many at most.")
    ] = 50,
) -> list[Event]:
    """List changes of trust, policies, roles and identities, and refusals; the newest first."""
    if offset and start_time:
        message = "give either --offset or --start-time"
        raise typer.BadParameter(message)
    since = _since(terminal, offset) if offset else start_time
    with terminal.session() as session:
        resource = ""
        if repository:
            registry = Registries(session).show(session.profile.registry_name)
            resource = f"{registry['id']}/repositories/{repository}"
        wanted = EventFilter(caller, kind, resource, since, end_time)
        return ActivityLog(session).events(wanted, max_events)


def _since(terminal: Terminal, offset: str) -> str:
    match = _OFFSET.fullmatch(offset)
    if match is None:
        message = f"{offset!r} is not a time such as 7d, 12h or 30m"
        raise typer.BadParameter(message)
    moment = terminal.clock() - timedelta(**{_UNITS[match[2]]: int(match[1])})
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
