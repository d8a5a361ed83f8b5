"""The registry's own keys for snapshots and timestamps, one set for each GUN, sealed.

A key is *unused* until it has signed: until then everybody who asks for a new one is given the
same, because clients ask twice and give up half-way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

trust_keys = Table(
    "trust_keys",
    metadata,
    Column("gun", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    PrimaryKeyConstraint("gun", "role", "key_id"),
)


_OF = (
    select(trust_keys).where(trust_keys.c.gun == bindparam("gun")).order_by(trust_keys.c.created_at)
)


@dataclass(frozen=True, slots=True)
class TrustKeyRow:
    """A key of the registry; ``used_at`` is when it first signed."""

    gun: str
    role: str
    key_id: str
    algorithm: str
    public_key: bytes
    sealed_private_key: bytes
    created_at: datetime
    used_at: datetime | None = None


class TrustKeyStore:
    """The registry's keys over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, gun: str) -> list[TrustKeyRow]:
        """Return every key held for ``gun``, oldest first."""
        rows = self._connection.execute(_OF, {"gun": gun})
        return [
            TrustKeyRow(
                gun=row.gun,
                role=row.role,
                key_id=row.key_id,
                algorithm=row.algorithm,
                public_key=row.public_key,
                sealed_private_key=row.sealed_private_key,
                created_at=from_column(row.created_at),
                used_at=None if row.used_at is None else from_column(row.used_at),
            )
            for row in rows
        ]

    def add(self, key: TrustKeyRow) -> None:
        """Insert a key."""
        self._connection.execute(
            insert(trust_keys).values(
                gun=key.gun,
                role=key.role,
                key_id=key.key_id,
                algorithm=key.algorithm,
                public_key=key.public_key,
                sealed_private_key=key.sealed_private_key,
                created_at=to_column(key.created_at),
            )
        )

    def mark_used(self, gun: str, key_ids: Collection[str], now: datetime) -> None:
        """Remember that the keys have signed."""
        self._connection.execute(
            update(trust_keys)
            .where(
                trust_keys.c.gun == gun,
                trust_keys.c.key_id.in_(sorted(key_ids)),
                trust_keys.c.used_at.is_(None),
            )
            .values(used_at=to_column(now))
        )

    def delete(self, guns: Sequence[str]) -> None:
        """Delete the keys of ``guns``."""
        for gun in guns:
            self._connection.execute(delete(trust_keys).where(trust_keys.c.gun == gun))

    def delete_everything(self) -> None:
        """Delete every key."""
        self._connection.execute(delete(trust_keys))
