"""The activity log: who changed or was refused what, when, from where; never a secret.

Written in the transaction of the change itself, so that the log and the state cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, insert, select

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

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
    """Which lines to read, newest first; an empty field matches everything."""

    actor: str = ""
    kind: str = ""
    repository: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None


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
        """Return at most ``limit`` matching lines, newest first."""
        statement = select(activity).order_by(activity.c.id.desc()).limit(limit)
        if wanted.actor:
            statement = statement.where(activity.c.actor_name == wanted.actor)
        if wanted.kind:
            statement = statement.where(activity.c.kind.startswith(wanted.kind, autoescape=True))
        if wanted.repository:
            statement = statement.where(activity.c.repository == wanted.repository)
        if wanted.since is not None:
            statement = statement.where(activity.c.at >= to_column(wanted.since))
        if wanted.until is not None:
            statement = statement.where(activity.c.at < to_column(wanted.until))
        if wanted.before_id is not None:
            statement = statement.where(activity.c.id < wanted.before_id)
        return [_entry(row) for row in self._connection.execute(statement)]


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
