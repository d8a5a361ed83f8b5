"""The one statement whose spelling differs between the engines: insert unless it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table


def insert_or_ignore(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]] | Mapping[str, Any]
) -> int:
    """Insert ``rows``, passing over those whose key exists; return how many went in."""
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing()
    return max(connection.execute(statement, rows).rowcount, 0)


def insert_or_update(
    connection: Connection, table: Table, row: Mapping[str, Any], *, key: Sequence[str]
) -> None:
    """Insert ``row``, or set its other columns where a row with the same ``key`` exists."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table)
    changed = {name: insert.excluded[name] for name in row if name not in key}
    statement = insert.on_conflict_do_update(index_elements=list(key), set_=changed)
    connection.execute(statement, row)
