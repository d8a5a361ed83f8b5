"""Tags: the names that a repository gives to its manifests, each to one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    bindparam,
    delete,
    literal_column,
    select,
    text,
    update,
)

from sealyard.db.base import metadata, to_column
from sealyard.db.locks import KEPT, Lock, is_free, is_set, locks_column, locks_of
from sealyard.db.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

tags = Table(
    "tags",
    metadata,
    Column("repository_id", BigInteger, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    locks_column(),
    # A tag points to a manifest of its repository: the engine itself holds this.
    ForeignKeyConstraint(
        ["repository_id", "digest"],
        ["manifests.repository_id", "manifests.digest"],
        ondelete="CASCADE",
    ),
    Index(None, "repository_id", "digest"),
    # Of thousands of tags few are locked, and every publish asks for those.
    Index(
        "ix_tags_locked",
        "repository_id",
        sqlite_where=text("locks != 0"),
        postgresql_where=text("locks != 0"),
    ),
)
# As the index has it: of a parameter the engine would not know that it is never 0.
_ANY_LOCK = tags.c.locks != literal_column("0")

# Statements of the short ways are made once: making one takes longer than running it.
_MOVE = (
    update(tags)
    .where(
        tags.c.repository_id == bindparam("of"),
        tags.c.name == bindparam("called"),
        is_free(tags.c.locks, Lock.WRITE),
    )
    .values(digest=bindparam("digest"), updated_at=bindparam("updated_at"))
)


class TagStore:
    """Tags over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def point(self, repository: int, names: Sequence[str], digest: str, at: datetime) -> list[str]:
        """Have ``names`` point to the manifest ``digest``, wherever they pointed before.

        Return those that could not, because they are locked against it.
        """
        moment = to_column(at)
        locked: list[str] = []
        for name in names:
            to = {"of": repository, "called": name, "digest": digest, "updated_at": moment}
            if self._connection.execute(_MOVE, to).rowcount:
                continue
            row = {
                "repository_id": repository,
                "name": name,
                "digest": digest,
                "created_at": moment,
                "updated_at": moment,
            }
            if not insert_or_ignore(self._connection, tags, row):
                locked.append(name)
        return locked

    def locks(self, repository: int, name: str) -> Lock | None:
        """Return the tag's locks, ``None`` if there is no such tag."""
        statement = select(tags.c.locks).where(
            tags.c.repository_id == repository, tags.c.name == name
        )
        found = self._connection.execute(statement).scalar()
        return None if found is None else locks_of(found)

    def set_locks(self, repository: int, name: str, locks: Lock) -> None:
        """Set these locks of the tag and no others."""
        statement = update(tags).where(tags.c.repository_id == repository, tags.c.name == name)
        self._connection.execute(statement.values(locks=int(locks)))

    def kept(self, repository: int, digest: str = "") -> dict[str, Lock]:
        """Return the tags that may not be deleted: all of them, or those of ``digest``."""
        statement = (
            select(tags.c.name, tags.c.locks)
            .where(tags.c.repository_id == repository, _ANY_LOCK, is_set(tags.c.locks, KEPT))
            .order_by(tags.c.name)
        )
        if digest:
            statement = statement.where(tags.c.digest == digest)
        return {row.name: locks_of(row.locks) for row in self._connection.execute(statement)}

    def digests(self, repository: int, *, only_locked: bool) -> dict[str, str]:
        """Return the digests that tags point to: of all, or of those that may not be moved."""
        statement = select(tags.c.name, tags.c.digest).where(tags.c.repository_id == repository)
        if only_locked:
            statement = statement.where(_ANY_LOCK, is_set(tags.c.locks, Lock.WRITE))
        return {row.name: row.digest for row in self._connection.execute(statement)}

    def names(self, repository: int, after: str, limit: int) -> list[str]:
        """Return the first ``limit`` tags after ``after`` that are not locked against it."""
        statement = (
            select(tags.c.name)
            .where(
                tags.c.repository_id == repository,
                tags.c.name > after,
                is_free(tags.c.locks, Lock.LIST),
            )
            .order_by(tags.c.name)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def remove(self, repository: int, name: str) -> bool:
        """Delete the tag; return whether it was there."""
        statement = delete(tags).where(tags.c.repository_id == repository, tags.c.name == name)
        return self._connection.execute(statement).rowcount > 0
