"""Credentials: the hashes of users' passwords and of service principals' secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Index, Table, Text, delete, insert, select

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

credentials = Table(
    "credentials",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("object_id", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Index(None, "object_id"),
)


@dataclass(frozen=True, slots=True)
class Credential:
    """One password or secret, as its hash.

    ``key_id`` names it without telling it; ``hint`` is the first characters of a generated secret,
    empty for a password. Without ``expires_at`` it does not expire.
    """

    key_id: str
    object_id: str
    hash: str
    display_name: str
    hint: str
    created_at: datetime
    expires_at: datetime | None = None

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether it can be used at ``moment``."""
        return self.expires_at is None or moment < self.expires_at


class CredentialStore:
    """Credentials over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, credential: Credential) -> None:
        """Insert ``credential``."""
        expires_at = credential.expires_at
        self._connection.execute(
            insert(credentials).values(
                key_id=credential.key_id,
                object_id=credential.object_id,
                hash=credential.hash,
                display_name=credential.display_name,
                hint=credential.hint,
                created_at=to_column(credential.created_at),
                expires_at=None if expires_at is None else to_column(expires_at),
            )
        )

    def find(self, key_id: str) -> Credential | None:
        """Return the credential with that key id."""
        row = self._connection.execute(
            select(credentials).where(credentials.c.key_id == key_id)
        ).one_or_none()
        return None if row is None else _credential(row)

    def of(self, object_id: str) -> list[Credential]:
        """Return all credentials of one principal, the oldest first."""
        rows = self._connection.execute(
            select(credentials)
            .where(credentials.c.object_id == object_id)
            .order_by(credentials.c.created_at, credentials.c.key_id)
        )
        return [_credential(row) for row in rows]

    def delete(self, key_id: str) -> None:
        """Delete one credential."""
        self._connection.execute(delete(credentials).where(credentials.c.key_id == key_id))

    def delete_all(self, object_id: str) -> None:
        """Delete every credential of one principal."""
        self._connection.execute(delete(credentials).where(credentials.c.object_id == object_id))


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        key_id=row.key_id,
        object_id=row.object_id,
        hash=row.hash,
        display_name=row.display_name,
        hint=row.hint,
        created_at=from_column(row.created_at),
        expires_at=None if row.expires_at is None else from_column(row.expires_at),
    )
