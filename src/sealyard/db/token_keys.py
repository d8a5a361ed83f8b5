"""The keys that tokens are signed with: public halves as they are, private halves sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text, delete, insert, select

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

token_keys = Table(
    "token_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class TokenKey:
    """One key pair: SubjectPublicKeyInfo in DER, and PKCS #8 in DER, sealed."""

    key_id: str
    public_key: bytes
    sealed_private_key: bytes
    created_at: datetime


class TokenKeyStore:
    """Token keys over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: TokenKey) -> None:
        """Insert ``key``."""
        self._connection.execute(
            insert(token_keys).values(
                key_id=key.key_id,
                public_key=key.public_key,
                sealed_private_key=key.sealed_private_key,
                created_at=to_column(key.created_at),
            )
        )

    def everything(self) -> list[TokenKey]:
        """Return all keys, the newest first."""
        rows = self._connection.execute(
            select(token_keys).order_by(token_keys.c.created_at.desc(), token_keys.c.key_id)
        )
        return [
            TokenKey(
                row.key_id, row.public_key, row.sealed_private_key, from_column(row.created_at)
            )
            for row in rows
        ]

    def delete(self, key_id: str) -> None:
        """Delete one key: nothing that it signed is believed any more."""
        self._connection.execute(delete(token_keys).where(token_keys.c.key_id == key_id))
