"""Uploads under way: whose they are, where they go, and how far they were when last seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Table,
    Text,
    bindparam,
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

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    # A name and no key: a push that is never finished leaves no repository behind.
    Column("repository", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("digest", Text),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "owner_id"),
    Index(None, "updated_at"),
)

# Statements of the short ways are made once: making one takes longer than running it.
_ADD = insert(uploads)
_FIND = select(uploads).where(uploads.c.id == bindparam("id"))
_ADVANCE = (
    update(uploads)
    .where(uploads.c.id == bindparam("known"))
    .values(
        offset=bindparam("offset"), digest=bindparam("digest"), updated_at=bindparam("updated_at")
    )
)
_REMOVE = delete(uploads).where(uploads.c.id == bindparam("known"))
_COUNT = select(func.count()).select_from(uploads).where(uploads.c.owner_id == bindparam("owner"))


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload. ``digest`` is that of its first ``offset`` bytes, where it is known.

    The bytes themselves are in the blob store, which also knows how many there are.
    """

    id: str
    repository: str
    owner_id: str
    algorithm: str
    updated_at: datetime
    offset: int = 0
    digest: str | None = None


class UploadStore:
    """Uploads over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, upload: UploadRow) -> None:
        """Insert ``upload``."""
        row = {
            "id": upload.id,
            "repository": upload.repository,
            "owner_id": upload.owner_id,
            "algorithm": upload.algorithm,
            "offset": upload.offset,
            "digest": upload.digest,
            "updated_at": to_column(upload.updated_at),
        }
        self._connection.execute(_ADD, row)

    def find(self, upload_id: str) -> UploadRow | None:
        """Return the upload with that id."""
        row = self._connection.execute(_FIND, {"id": upload_id}).one_or_none()
        return None if row is None else _upload(row)

    def advance(self, upload_id: str, offset: int, digest: str | None, at: datetime) -> None:
        """Note how far the upload is."""
        to = {"known": upload_id, "offset": offset, "digest": digest, "updated_at": to_column(at)}
        self._connection.execute(_ADVANCE, to)

    def remove(self, upload_id: str) -> bool:
        """Delete the upload's row; return whether it was there."""
        return self._connection.execute(_REMOVE, {"known": upload_id}).rowcount > 0

    def count(self, owner_id: str) -> int:
        """Return how many uploads an identity has open."""
        return self._connection.execute(_COUNT, {"owner": owner_id}).scalar_one()

    def stale(self, before: datetime, limit: int) -> list[str]:
        """Return the ids of uploads that nobody has written to since ``before``."""
        statement = (
            select(uploads.c.id).where(uploads.c.updated_at < to_column(before)).limit(limit)
        )
        return list(self._connection.execute(statement).scalars())


def _upload(row: Row[Any]) -> UploadRow:
    return UploadRow(
        id=row.id,
        repository=row.repository,
        owner_id=row.owner_id,
        algorithm=row.algorithm,
        updated_at=from_column(row.updated_at),
        offset=row.offset,
        digest=row.digest,
    )
