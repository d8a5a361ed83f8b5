"""A known text under the master key, so that a start with another key is noticed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, LargeBinary, Table, insert, select

from sealyard.db.base import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ONLY = 1

seal_check = Table(
    "seal_check",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)


class SealCheckStore:
    """The one row over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self) -> bytes | None:
        """Return the sealed text, ``None`` before the first start."""
        return self._connection.execute(select(seal_check.c.sealed)).scalar_one_or_none()

    def add(self, sealed: bytes) -> None:
        """Keep the sealed text, at first start."""
        self._connection.execute(insert(seal_check).values(id=_ONLY, sealed=sealed))
