"""Image repositories: their names, which are all that the registry knows of them by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Integer, Table, Text, bindparam, delete, select, update

from sealyard.db.base import metadata, to_column
from sealyard.db.locks import Lock, is_free, locks_column, locks_of
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
    locks_column(),
    sqlite_autoincrement=True,  # an id is never given to another repository
)

# Statements of the short ways are made once: making one takes longer than running it.
_FIND = select(repositories.c.id).where(repositories.c.name == bindparam("name"))
_FIND_WITH_LOCKS = select(repositories.c.id, repositories.c.locks).where(
    repositories.c.name == bindparam("name")
)
_FIND_TO_CHANGE = _FIND_WITH_LOCKS.with_for_update()


@dataclass(frozen=True, slots=True)
class HeldRepository:
    """A repository that this transaction changes; ``is_new`` if it was made for that just now."""

    id: int
    locks: Lock
    is_new: bool = False


class RepositoryStore:
    """Repositories over one connection. Ids are for other tables; people know names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> int | None:
        """Return the repository's id, ``None`` if there is no such repository."""
        return self._connection.execute(_FIND, {"name": name}).scalar()

    def locks(self, name: str) -> Lock | None:
        """Return the repository's locks, ``None`` if there is no such repository."""
        found = self._connection.execute(_FIND_WITH_LOCKS, {"name": name}).one_or_none()
        return None if found is None else locks_of(found.locks)

    def find_to_change(self, name: str) -> HeldRepository | None:
        """Return it and keep every other writer out of the repository until the commit."""
        found = self._connection.execute(_FIND_TO_CHANGE, {"name": name}).one_or_none()
        return None if found is None else HeldRepository(found.id, locks_of(found.locks))

    def ensure(self, name: str, at: datetime) -> HeldRepository:
        """Return the repository to change, made if it is not there."""
        found = self.find_to_change(name)
        if found is not None:
            return found
        made = insert_or_ignore(
            self._connection, repositories, {"name": name, "created_at": to_column(at)}
        )
        found = self.find_to_change(name)
        if found is None:
            message = "a repository that was just inserted is not there"
            raise RuntimeError(message)
        return HeldRepository(found.id, found.locks, is_new=made > 0)

    def set_locks(self, repository: int, locks: Lock) -> None:
        """Set these locks of the repository and no others."""
        statement = update(repositories).where(repositories.c.id == repository)
        self._connection.execute(statement.values(locks=int(locks)))

    def names(self, after: str, limit: int, among: Collection[str] | None = None) -> list[str]:
        """Return the first ``limit`` names that sort after ``after``, ``among`` those given.

        A repository that is locked against being listed is not among them.
        """
        statement = (
            select(repositories.c.name)
            .where(repositories.c.name > after, is_free(repositories.c.locks, Lock.LIST))
            .order_by(repositories.c.name)
            .limit(limit)
        )
        if among is not None:
            statement = statement.where(repositories.c.name.in_(among))
        return list(self._connection.execute(statement).scalars())

    def remove(self, repository: int) -> None:
        """Delete the repository with its manifests, tags, referrers and links to blobs."""
        self._connection.execute(delete(repositories).where(repositories.c.id == repository))
