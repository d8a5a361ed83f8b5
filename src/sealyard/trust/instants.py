"""Instants in metadata files: Go's RFC 3339 with nanoseconds, in whatever zone the signer sat."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_GRAMMAR = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant, to the microsecond, as UTC; raise ``ValueError`` otherwise."""
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        message = f"{text[:40]} is not an RFC 3339 time"
        raise ValueError(message)
    fraction = (match[2] or "").ljust(6, "0")[:6]
    try:
        return datetime.fromisoformat(f"{match[1]}.{fraction}{match[3]}").astimezone(UTC)
    except OverflowError as error:  # year 1 or 9999 in a zone that carries it over the edge
        message = f"{text[:40]} lies outside the calendar"
        raise ValueError(message) from error


def format_instant(moment: datetime) -> str:
    """Write ``moment`` as Go does: UTC, fraction without its trailing zeros."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"
