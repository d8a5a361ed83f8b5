"""The one statement whose spelling differs between the engines: insert unless it is there."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Insert, Table
    from sqlalchemy.dialects import postgresql


def insert_or_ignore(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any]
) -> int:
    """Insert ``rows``, passing over those whose key exists; return how many went in."""
    if not rows:
        return 0
    statement = _ignoring(connection.dialect.name, table)
    return max(connection.execute(statement, rows).rowcount, 0)


def insert_or_update(
    connection: Connection, table: Table, row: Mapping[str, Any], *, key: Sequence[str]
) -> None:
    """Insert ``row``, or set its other columns where a row with the same ``key`` exists."""
    statement = _updating(connection.dialect.name, table, tuple(row), tuple(key))
    connection.execute(statement, row)


# Making a statement takes longer than running it: each is made once.


def _insert(engine: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    if engine != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 (2 MB in each worker on SQLite)

    return postgresql.insert(table)


@cache
def _ignoring(engine: str, table: Table) -> Insert:
    insert = _insert(engine, table)
    ignoring: Insert = insert.on_conflict_do_nothing()
    return ignoring


@cache
def _updating(engine: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...]) -> Insert:
    insert = _insert(engine, table)
    changed = {name: insert.excluded[name] for name in columns if name not in key}
    updating: Insert = insert.on_conflict_do_update(index_elements=list(key), set_=changed)
    return updating
