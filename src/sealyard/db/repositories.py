"""Image repositories: their names, which are all that the registry knows of them by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Integer, Table, Text, bindparam, delete, select

from sealyard.db.base import metadata, to_column
from sealyard.db.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

repositories = Table(
    "repositories",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # an id is never given to another repository
)

# Statements of the short ways are made once: making one takes longer than running it.
_FIND = select(repositories.c.id).where(repositories.c.name == bindparam("name"))
_FIND_TO_CHANGE = _FIND.with_for_update()


class RepositoryStore:
    """Repositories over one connection. Ids are for other tables; people know names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> int | None:
        """Return the repository's id, ``None`` if there is no such repository."""
        return self._connection.execute(_FIND, {"name": name}).scalar()

    def find_to_change(self, name: str) -> int | None:
        """Return the id and keep every other writer out of the repository until the commit."""
        return self._connection.execute(_FIND_TO_CHANGE, {"name": name}).scalar()

    def ensure(self, name: str, at: datetime) -> tuple[int, bool]:
        """Return the id to change, and whether the repository was made for it just now."""
        found = self.find_to_change(name)
        if found is not None:
            return found, False
        made = insert_or_ignore(
            self._connection, repositories, {"name": name, "created_at": to_column(at)}
        )
        found = self.find_to_change(name)
        if found is None:
            message = "a repository that was just inserted is not there"
            raise RuntimeError(message)
        return found, made > 0

    def names(self, after: str, limit: int, among: Collection[str] | None = None) -> list[str]:
        """Return the first ``limit`` names that sort after ``after``, ``among`` those given."""
        statement = (
            select(repositories.c.name)
            .where(repositories.c.name > after)
            .order_by(repositories.c.name)
            .limit(limit)
        )
        if among is not None:
            statement = statement.where(repositories.c.name.in_(among))
        return list(self._connection.execute(statement).scalars())

    def remove(self, repository: int) -> None:
        """Delete the repository with its manifests, tags, referrers and links to blobs."""
        self._connection.execute(delete(repositories).where(repositories.c.id == repository))
