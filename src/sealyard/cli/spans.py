"""Spans of time, as az's ``--start-time``, ``--end-time`` and ``--offset`` say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from sealyard.cli.terminal import Terminal

StartTime = Annotated[
    str,
    typer.Option(
        "--start-time", metavar="TIME", help="Not before 2026-01-31T12:00:00Z; UTC without a zone."
    ),
]
EndTime = Annotated[
    str, typer.Option("--end-time", metavar="TIME", help="Not after that time; now if not given.")
]
Offset = Annotated[
    str,
    typer.Option(
        "--offset",
        metavar="7d|12h|1d6h|30m",
        help="How long: after the start time if that is given, else before the end time.",
    ),
]
_OFFSET: Final = re.compile(r"(?=.)(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?")


def span(terminal: Terminal, start: str, end: str, offset: str) -> tuple[str, str]:
    """Return the first and the last moment, the empty text for one that is open.

    Raise ``typer.BadParameter`` for what is none.
    """
    since, until = _moment(start), _moment(end)
    if offset:
        length = _length(offset)
        try:
            if since is not None:
                until = until or since + length
            else:
                until = until or terminal.clock()
                since = until - length
        except OverflowError as error:
            message = f"{offset!r} reaches beyond the calendar"
            raise typer.BadParameter(message) from error
    return _text(since), _text(until)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{text!r} is not a time such as 2026-01-31T12:00:00Z"
        raise typer.BadParameter(message) from error


def _length(text: str) -> timedelta:
    match = _OFFSET.fullmatch(text)
    if match is None:
        message = f"{text!r} is not a time such as 7d, 12h, 1d6h or 30m"
        raise typer.BadParameter(message)
    days, hours, minutes = (int(number or 0) for number in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
