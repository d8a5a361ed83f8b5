"""The activity log: who changed or was refused what, when, from where; never a secret.

Written in the transaction of the change itself, so that the log and the state cannot differ.
Writers stand in one line, so a line that is seen is never followed by one with a smaller ``id``:
whoever goes on after the last ``id`` that was read loses nothing and reads nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, insert, or_, select

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

activity = Table(
    "activity",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "at"),
    Index(None, "repository", "id"),
    Index(None, "actor_name", "id"),
    sqlite_autoincrement=True,
)
_ADD = insert(activity)  # made once: every change of anything runs it


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the log.

    ``kind`` is ``noun.verb`` (``trust.publish``, ``policy.enable``, ``role.assign``), ``outcome``
    ``done`` or ``refused``. ``detail`` holds plain JSON values.
    """

    at: datetime
    kind: str
    outcome: str
    actor_id: str
    actor_name: str
    address: str
    repository: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which lines to read; an empty field matches everything.

    ``actor`` is a name or an object id, ``kind`` the beginning of a kind; ``since`` and ``until``
    belong to the span. ``after`` is the cursor: the ``id`` of the last line that was read.
    """

    actor: str = ""
    kind: str = ""
    outcome: str = ""
    repository: str = ""
    since: datetime | None = None
    until: datetime | None = None
    only_id: int | None = None
    after: int | None = None
    oldest_first: bool = False


class ActivityStore:
    """The log over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(self, entry: Activity) -> None:
        """Append ``entry``; its ``id`` is given by the database."""
        row = {
            "at": to_column(entry.at),
            "kind": entry.kind,
            "outcome": entry.outcome,
            "actor_id": entry.actor_id,
            "actor_name": entry.actor_name,
            "address": entry.address,
            "repository": entry.repository,
            "detail": msgspec.json.encode(entry.detail).decode(),
        }
        self._connection.execute(_ADD, row)

    def page(self, wanted: ActivityFilter, limit: int) -> list[Activity]:
        """Return at most ``limit`` matching lines, newest first if not asked otherwise."""
        order = activity.c.id if wanted.oldest_first else activity.c.id.desc()
        statement = select(activity).where(*_conditions(wanted)).order_by(order).limit(limit)
        return [_entry(row) for row in self._connection.execute(statement)]


def _conditions(wanted: ActivityFilter) -> Iterator[ColumnElement[bool]]:
    columns = activity.c
    if wanted.actor:
        actor = wanted.actor
        yield or_(columns.actor_name.in_({actor, actor.lower()}), columns.actor_id == actor.lower())
    if wanted.kind:
        yield columns.kind.startswith(wanted.kind, autoescape=True)
    if wanted.outcome:
        yield columns.outcome == wanted.outcome
    if wanted.repository:
        yield columns.repository == wanted.repository
    if wanted.since is not None:
        yield columns.at >= to_column(wanted.since)
    if wanted.until is not None:
        yield columns.at <= to_column(wanted.until)
    if wanted.only_id is not None:
        yield columns.id == wanted.only_id
    if wanted.after is not None:
        yield columns.id > wanted.after if wanted.oldest_first else columns.id < wanted.after


def _entry(row: Row[Any]) -> Activity:
    return Activity(
        at=from_column(row.at),
        kind=row.kind,
        outcome=row.outcome,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        address=row.address,
        repository=row.repository,
        detail=msgspec.json.decode(row.detail, type=dict[str, Any]),
        id=row.id,
    )
