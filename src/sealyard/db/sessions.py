"""Sessions: sign-ins that a client keeps as a refresh token, held here as its hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    delete,
    insert,
    select,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("object_id", Text, nullable=False),
    Column("use", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "object_id", "expires_at"),
    Index(None, "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """One refresh token: whose, for which kind of token, and as of which epoch."""

    token_hash: bytes
    object_id: str
    use: str
    epoch: int
    created_at: datetime
    expires_at: datetime


class SessionStore:
    """Sessions over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        """Insert ``session``."""
        self._connection.execute(
            insert(sessions).values(
                token_hash=session.token_hash,
                object_id=session.object_id,
                use=session.use,
                epoch=session.epoch,
                created_at=to_column(session.created_at),
                expires_at=to_column(session.expires_at),
            )
        )

    def find(self, token_hash: bytes) -> Session | None:
        """Return the session of the token with that hash."""
        row = self._connection.execute(
            select(sessions).where(sessions.c.token_hash == token_hash)
        ).one_or_none()
        return None if row is None else _session(row)

    def delete(self, token_hash: bytes) -> None:
        """Delete one session."""
        self._connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def delete_all(self, object_id: str) -> None:
        """Delete every session of one principal."""
        self._connection.execute(delete(sessions).where(sessions.c.object_id == object_id))

    def delete_expired(self, now: datetime, limit: int) -> None:
        """Delete at most ``limit`` sessions that ended before ``now``."""
        self._delete(
            select(sessions.c.token_hash)
            .where(sessions.c.expires_at <= to_column(now))
            .limit(limit)
        )

    def keep_latest(self, object_id: str, count: int) -> None:
        """Delete what one principal has beyond ``count`` sessions, the first to end first."""
        self._delete(
            select(sessions.c.token_hash)
            .where(sessions.c.object_id == object_id)
            .order_by(sessions.c.expires_at.desc())
            .limit(count)
            .offset(count)
        )

    def _delete(self, chosen: Any) -> None:  # noqa: ANN401 (SQLAlchemy's select of one column)
        hashes = list(self._connection.execute(chosen).scalars())
        if hashes:
            self._connection.execute(delete(sessions).where(sessions.c.token_hash.in_(hashes)))


def _session(row: Row[Any]) -> Session:
    return Session(
        token_hash=row.token_hash,
        object_id=row.object_id,
        use=row.use,
        epoch=row.epoch,
        created_at=from_column(row.created_at),
        expires_at=from_column(row.expires_at),
    )
