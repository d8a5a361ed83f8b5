"""Scope maps: named lists of actions from which scoped tokens are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Column, Table, Text, delete, func, insert, select, update

from sealyard.db.base import from_column, metadata, to_column

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

scope_maps = Table(
    "scope_maps",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class ScopeMap:
    """One map; ``actions`` are texts such as ``repositories/team/*/content/read``."""

    name: str
    description: str
    actions: tuple[str, ...]
    created_at: datetime

    @property
    def key(self) -> str:
        """The name under which it is found: names that differ in case are one name."""
        return self.name.lower()


class ScopeMapStore:
    """Scope maps over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, wanted: ScopeMap) -> None:
        """Insert ``wanted``; a taken name raises ``IntegrityError``."""
        self._connection.execute(
            insert(scope_maps).values(
                key=wanted.key,
                name=wanted.name,
                description=wanted.description,
                actions=_encoded(wanted),
                created_at=to_column(wanted.created_at),
            )
        )

    def replace(self, wanted: ScopeMap) -> None:
        """Give the map of that name this description and these actions."""
        self._connection.execute(
            update(scope_maps)
            .where(scope_maps.c.key == wanted.key)
            .values(description=wanted.description, actions=_encoded(wanted))
        )

    def find(self, name: str) -> ScopeMap | None:
        """Return the map of that name, in any case."""
        row = self._connection.execute(
            select(scope_maps).where(scope_maps.c.key == name.lower())
        ).one_or_none()
        return None if row is None else _map(row)

    def page(self, after: str, limit: int) -> list[ScopeMap]:
        """Return at most ``limit`` maps by name, after the name ``after``."""
        statement = select(scope_maps).where(scope_maps.c.key > after.lower())
        rows = self._connection.execute(statement.order_by(scope_maps.c.key).limit(limit))
        return [_map(row) for row in rows]

    def count(self) -> int:
        """Count the maps."""
        return self._connection.execute(select(func.count()).select_from(scope_maps)).scalar_one()

    def delete(self, name: str) -> None:
        """Delete the map of that name, in any case."""
        self._connection.execute(delete(scope_maps).where(scope_maps.c.key == name.lower()))


def _encoded(wanted: ScopeMap) -> str:
    return msgspec.json.encode(wanted.actions).decode()


def _map(row: Row[Any]) -> ScopeMap:
    return ScopeMap(
        name=row.name,
        description=row.description,
        actions=msgspec.json.decode(row.actions, type=tuple[str, ...]),
        created_at=from_column(row.created_at),
    )
