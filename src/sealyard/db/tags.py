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
    insert,
    select,
    update,
)

from sealyard.db.base import metadata, to_column
from sealyard.db.repositories import repositories

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
    # A tag points to a manifest of its repository: the engine itself holds this.
    ForeignKeyConstraint(
        ["repository_id", "digest"],
        ["manifests.repository_id", "manifests.digest"],
        ondelete="CASCADE",
    ),
    Index(None, "repository_id", "digest"),
)

# Statements of the short ways are made once: making one takes longer than running it.
_MOVE = (
    update(tags)
    .where(tags.c.repository_id == bindparam("of"), tags.c.name == bindparam("called"))
    .values(digest=bindparam("digest"), updated_at=bindparam("updated_at"))
)
_MAKE = insert(tags)
_FIND = (
    select(tags.c.digest)
    .join(repositories, repositories.c.id == tags.c.repository_id)
    .where(repositories.c.name == bindparam("repository"), tags.c.name == bindparam("name"))
)


class TagStore:
    """Tags over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def point(self, repository: int, names: Sequence[str], digest: str, at: datetime) -> None:
        """Have ``names`` point to the manifest ``digest``, wherever they pointed before."""
        moment = to_column(at)
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
            self._connection.execute(_MAKE, row)

    def find(self, repository: str, name: str) -> str | None:
        """Return the digest that the tag of the repository of that name points to."""
        asked = {"repository": repository, "name": name}
        return self._connection.execute(_FIND, asked).scalar()

    def names(self, repository: int, after: str, limit: int) -> list[str]:
        """Return the first ``limit`` tags that sort after ``after``."""
        statement = (
            select(tags.c.name)
            .where(tags.c.repository_id == repository, tags.c.name > after)
            .order_by(tags.c.name)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def remove(self, repository: int, name: str) -> bool:
        """Delete the tag; return whether it was there."""
        statement = delete(tags).where(tags.c.repository_id == repository, tags.c.name == name)
        return self._connection.execute(statement).rowcount > 0
