"""The change feed: one record for each timestamp that became current, and for each deletion.

Records outlive what they tell of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, insert, select

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

UPDATE = "update"
DELETION = "deletion"

trust_changes = Table(
    "trust_changes",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("gun", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("category", Text, nullable=False),
    Index(None, "gun", "id"),
    sqlite_autoincrement=True,
)

_ADD = insert(trust_changes)


@dataclass(frozen=True, slots=True)
class TrustChange:
    """One record: the timestamp's version and digest, or 0 and nothing for a deletion."""

    id: int
    created_at: datetime
    gun: str
    version: int
    sha256: str
    category: str


class TrustChangeStore:
    """The feed over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def updated(self, gun: str, version: int, sha256: str, now: datetime) -> None:
        """Tell that a timestamp became current."""
        self._add(gun, version, sha256, UPDATE, now)

    def deleted(self, gun: str, now: datetime) -> None:
        """Tell that a collection was deleted."""
        self._add(gun, 0, "", DELETION, now)

    def page(
        self, gun: str | None, after: int, limit: int, *, backwards: bool
    ) -> list[TrustChange]:
        """Return at most ``limit`` records beyond the id ``after``, always oldest first.

        ``backwards`` looks at those before it; then 0 stands for the end of the feed.
        """
        statement = select(trust_changes).limit(limit)
        if gun is not None:
            statement = statement.where(trust_changes.c.gun == gun)
        if not backwards:
            statement = statement.where(trust_changes.c.id > after).order_by(trust_changes.c.id)
        else:
            statement = statement.order_by(trust_changes.c.id.desc())
            if after:
                statement = statement.where(trust_changes.c.id < after)
        found = [
            TrustChange(
                id=row.id,
                created_at=from_column(row.created_at),
                gun=row.gun,
                version=row.version,
                sha256=row.sha256,
                category=row.category,
            )
            for row in self._connection.execute(statement)
        ]
        return found[::-1] if backwards else found

    def _add(self, gun: str, version: int, sha256: str, category: str, now: datetime) -> None:
        self._connection.execute(
            _ADD,
            {
                "created_at": to_column(now),
                "gun": gun,
                "version": version,
                "sha256": sha256,
                "category": category,
            },
        )
