"""Scoped tokens: names that sign in to the registry alone, with what a scope map allows.

Their passwords are rows of ``credentials``, as hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

scoped_tokens = Table(
    "scoped_tokens",
    metadata,
    Column("object_id", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("scope_map", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "scope_map"),
)


@dataclass(frozen=True, slots=True)
class ScopedToken:
    """One token. ``scope_map`` is a map's key; ``epoch`` makes older registry tokens worthless."""

    object_id: str
    name: str
    scope_map: str
    enabled: bool
    epoch: int
    created_at: datetime

    @property
    def key(self) -> str:
        """The name under which it is found: names that differ in case are one name."""
        return self.name.lower()


class ScopedTokenStore:
    """Scoped tokens over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: ScopedToken) -> None:
        """Insert ``token``; a taken name raises ``IntegrityError``."""
        self._connection.execute(
            insert(scoped_tokens).values(
                object_id=token.object_id,
                key=token.key,
                name=token.name,
                scope_map=token.scope_map,
                enabled=token.enabled,
                epoch=token.epoch,
                created_at=to_column(token.created_at),
            )
        )

    def by_id(self, object_id: str) -> ScopedToken | None:
        """Return the token with that object id."""
        return self._one(scoped_tokens.c.object_id == object_id)

    def find(self, name: str) -> ScopedToken | None:
        """Return the token of that name, in any case."""
        return self._one(scoped_tokens.c.key == name.lower())

    def page(self, after: str, limit: int) -> list[ScopedToken]:
        """Return at most ``limit`` tokens by name, after the name ``after``."""
        statement = select(scoped_tokens).where(scoped_tokens.c.key > after.lower())
        rows = self._connection.execute(statement.order_by(scoped_tokens.c.key).limit(limit))
        return [_token(row) for row in rows]

    def of_map(self, scope_map: str) -> list[ScopedToken]:
        """Return some of the tokens that hold what the map of that key allows."""
        statement = select(scoped_tokens).where(scoped_tokens.c.scope_map == scope_map)
        rows = self._connection.execute(statement.order_by(scoped_tokens.c.key).limit(3))
        return [_token(row) for row in rows]

    def count(self) -> int:
        """Count the tokens."""
        counting = select(func.count()).select_from(scoped_tokens)
        return self._connection.execute(counting).scalar_one()

    def change(self, object_id: str, *, scope_map: str, enabled: bool) -> None:
        """Have the token hold what another map allows, sign in or not sign in."""
        self._change(object_id, scope_map=scope_map, enabled=enabled)

    def advance_epoch(self, object_id: str) -> None:
        """Make worthless whatever the token was signed in with."""
        self._change(object_id, epoch=scoped_tokens.c.epoch + 1)

    def delete(self, object_id: str) -> None:
        """Delete the token."""
        self._connection.execute(
            delete(scoped_tokens).where(scoped_tokens.c.object_id == object_id)
        )

    def _change(self, object_id: str, **values: object) -> None:
        self._connection.execute(
            update(scoped_tokens).where(scoped_tokens.c.object_id == object_id).values(**values)
        )

    def _one(self, condition: Any) -> ScopedToken | None:  # noqa: ANN401 (SQLAlchemy's column expression)
        row = self._connection.execute(select(scoped_tokens).where(condition)).one_or_none()
        return None if row is None else _token(row)


def _token(row: Row[Any]) -> ScopedToken:
    return ScopedToken(
        object_id=row.object_id,
        name=row.name,
        scope_map=row.scope_map,
        enabled=row.enabled,
        epoch=row.epoch,
        created_at=from_column(row.created_at),
    )
