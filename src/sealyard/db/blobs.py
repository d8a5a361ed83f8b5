"""Blobs: which ones there are, and which repository holds which.

A blob's bytes are in the blob store, once. Only a link makes them readable through a repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    bindparam,
    delete,
    select,
)

from sealyard.db.base import metadata, to_column
from sealyard.db.locks import Lock, locks_of
from sealyard.db.repositories import repositories
from sealyard.db.upsert import insert_or_ignore, insert_or_update

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
blob_links = Table(
    "blob_links",
    metadata,
    Column("repository_id", ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", ForeignKey("blobs.digest"), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "digest"),
)

_ASKED_AT_ONCE: Final = 500  # engines bound the number of parameters of one statement
_FIND = (
    select(blobs.c.size, repositories.c.locks)
    .join(blob_links, blob_links.c.digest == blobs.c.digest)
    .join(repositories, repositories.c.id == blob_links.c.repository_id)
    .where(repositories.c.name == bindparam("name"), blobs.c.digest == bindparam("digest"))
)
_HELD = select(blob_links.c.digest).where(
    blob_links.c.repository_id == bindparam("repository"),
    blob_links.c.digest.in_(bindparam("digests", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class HeldBlob:
    """The size of a blob in bytes, and the locks of the repository that holds it."""

    size: int
    repository_locks: Lock


class BlobLinkStore:
    """Blobs and their links over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, repository: int, digest: str, size: int, at: datetime) -> None:
        """Note that the blob is in the store, and that the repository holds it."""
        row = {"digest": digest, "size": size, "created_at": to_column(at)}
        insert_or_update(self._connection, blobs, row, key=["digest"])
        self.link(repository, digest, at)

    def link(self, repository: int, digest: str, at: datetime) -> None:
        """Note that the repository holds a blob that is known already."""
        row = {"repository_id": repository, "digest": digest, "created_at": to_column(at)}
        insert_or_ignore(self._connection, blob_links, row)

    def unlink(self, repository: int, digest: str) -> bool:
        """Have the repository no longer hold the blob; return whether it did."""
        statement = delete(blob_links).where(
            blob_links.c.repository_id == repository, blob_links.c.digest == digest
        )
        return self._connection.execute(statement).rowcount > 0

    def find(self, name: str, digest: str) -> HeldBlob | None:
        """Return the blob if the repository of that name holds it."""
        row = self._connection.execute(_FIND, {"name": name, "digest": digest}).one_or_none()
        return None if row is None else HeldBlob(row.size, locks_of(row.locks))

    def missing(self, repository: int, digests: Sequence[str]) -> list[str]:
        """Return those of ``digests`` that the repository does not hold."""
        held: set[str] = set()
        for start in range(0, len(digests), _ASKED_AT_ONCE):
            asked = {"repository": repository, "digests": digests[start : start + _ASKED_AT_ONCE]}
            held.update(self._connection.execute(_HELD, asked).scalars())
        return [digest for digest in digests if digest not in held]
