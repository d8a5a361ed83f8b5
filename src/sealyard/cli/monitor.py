"""``sealyard monitor activity-log list``: the activity log in az's words and az's form."""

from __future__ import annotations

from typing import Annotated

import typer

from sealyard.cli.commands import command, group
from sealyard.cli.options import ResourceGroup
from sealyard.cli.several import SeveralValues
from sealyard.cli.spans import EndTime, Offset, StartTime, span
from sealyard.cli.terminal import Terminal
from sealyard.client.management.activity import ActivityLog, Event, EventFilter

app = group("Read the activity log as az does.")
activity_log = group("The activity log.")
app.add_typer(activity_log, name="activity-log")


@app.callback()
def monitor() -> None:
    """Read the activity log as az does."""


@activity_log.callback()
def log() -> None:
    """Read the activity log as az does."""


@command(activity_log, "list", cls=SeveralValues)
def list_all(
    terminal: Terminal,
    resource_id: Annotated[
        str, typer.Option("--resource-id", help="Of the registry or of one of its repositories.")
    ] = "",
    resource_group: ResourceGroup = None,
    namespace: Annotated[
        str, typer.Option("--namespace", help="The resource provider: Microsoft.ContainerRegistry.")
    ] = "",
    caller: Annotated[str, typer.Option("--caller", help="Who did it.")] = "",
    status: Annotated[
        str, typer.Option("--status", help="Succeeded for what was done, Failed for refusals.")
    ] = "",
    correlation_id: Annotated[
        str, typer.Option("--correlation-id", help="The event with that correlation id.")
    ] = "",
    start_time: StartTime = "",
    end_time: EndTime = "",
    offset: Offset = "6h",
    max_events: Annotated[
        int, typer.Option("--max-events", min=1, max=1_000_000, help="How many at most.")
    ] = 50,
    select: Annotated[
        list[str] | None, typer.Option("--select", help="Only these fields of each event.")
    ] = None,
) -> list[Event]:
    """List events, the newest first, in the form that az gives them; of the last six hours."""
    since, until = span(terminal, start_time, end_time, offset)
    wanted = EventFilter(
        caller=caller,
        resource_id=resource_id,
        since=since,
        until=until,
        status=status,
        correlation_id=correlation_id,
        resource_group=resource_group or "",
        resource_provider=namespace,
    )
    with terminal.session() as session:
        return ActivityLog(session).as_azure_shows_them(wanted, max_events, select or ())
