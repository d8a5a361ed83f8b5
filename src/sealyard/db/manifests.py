"""Manifests: the bytes that came, in a row, and what each of them names.

They are rows and not files because a tag move, its manifest and what points to it are then one
transaction; a manifest is a few hundred bytes, seldom a few thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from sealyard.db.base import from_column, metadata, to_column
from sealyard.db.locks import KEPT, NO_LOCKS, Lock, is_set, locks_column, locks_of
from sealyard.db.repositories import repositories
from sealyard.db.tags import tags
from sealyard.db.upsert import insert_or_ignore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

manifests = Table(
    "manifests",
    metadata,
    Column("repository_id", ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("artifact_type", Text, nullable=False),
    Column("config_media_type", Text, nullable=False),
    Column("subject", Text),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    locks_column(),
)
manifest_references = Table(
    "manifest_references",
    metadata,
    Column("repository_id", BigInteger, primary_key=True),
    Column("manifest", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    ForeignKeyConstraint(
        ["repository_id", "manifest"],
        ["manifests.repository_id", "manifests.digest"],
        ondelete="CASCADE",
    ),
    Index(None, "repository_id", "digest"),
)

_ASKED_AT_ONCE: Final = 500  # engines bound the number of parameters of one statement
# The lock that keeps all of its tags from being read, if there are any: else a number of 0.
_READ_LOCK_OF_TAGS = (
    select(func.coalesce(func.min(tags.c.locks.bitwise_and(int(Lock.READ))), 0))
    .where(tags.c.repository_id == manifests.c.repository_id, tags.c.digest == manifests.c.digest)
    .correlate(manifests)
    .scalar_subquery()
    .label("tag_locks")
)
_FIND = (
    select(manifests, repositories.c.locks.label("repository_locks"), _READ_LOCK_OF_TAGS)
    .join(repositories, repositories.c.id == manifests.c.repository_id)
    .where(repositories.c.name == bindparam("name"), manifests.c.digest == bindparam("digest"))
)
_FIND_BY_TAG = (
    select(
        manifests, repositories.c.locks.label("repository_locks"), tags.c.locks.label("tag_locks")
    )
    .join(repositories, repositories.c.id == manifests.c.repository_id)
    .join(
        tags,
        and_(
            tags.c.repository_id == manifests.c.repository_id, tags.c.digest == manifests.c.digest
        ),
    )
    .where(repositories.c.name == bindparam("name"), tags.c.name == bindparam("tag"))
)
_LOCKS = select(manifests.c.locks).where(
    manifests.c.repository_id == bindparam("repository"),
    manifests.c.digest == bindparam("digest"),
)
_HELD = select(manifests.c.digest).where(
    manifests.c.repository_id == bindparam("repository"),
    manifests.c.digest.in_(bindparam("digests", expanding=True)),
)
_REFER = insert(manifest_references)


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A manifest of one repository, and what its document says of itself."""

    digest: str
    media_type: str
    content: bytes
    created_at: datetime
    artifact_type: str = ""
    config_media_type: str = ""
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class FoundManifest:
    """A manifest, its locks, its repository's, and those of how it was found.

    ``tag_locks`` are the tag's that it was found by; found by digest, the reading lock if each of
    its tags has it.
    """

    row: ManifestRow
    locks: Lock = NO_LOCKS
    repository_locks: Lock = NO_LOCKS
    tag_locks: Lock = NO_LOCKS


class ManifestStore:
    """Manifests over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, repository: int, manifest: ManifestRow, references: Sequence[str]) -> bool:
        """Insert ``manifest`` and the digests that it names; return whether it was not there."""
        row = {
            "repository_id": repository,
            "digest": manifest.digest,
            "media_type": manifest.media_type,
            "artifact_type": manifest.artifact_type,
            "config_media_type": manifest.config_media_type,
            "subject": manifest.subject,
            "size": len(manifest.content),
            "created_at": to_column(manifest.created_at),
            "content": manifest.content,
        }
        if not insert_or_ignore(self._connection, manifests, row):
            return False
        named = [
            {"repository_id": repository, "manifest": manifest.digest, "digest": digest}
            for digest in references
        ]
        if named:
            self._connection.execute(_REFER, named)
        return True

    def find(self, name: str, digest: str) -> FoundManifest | None:
        """Return the manifest with that digest in the repository of that name."""
        row = self._connection.execute(_FIND, {"name": name, "digest": digest}).one_or_none()
        return None if row is None else _found(row)

    def find_by_tag(self, name: str, tag: str) -> FoundManifest | None:
        """Return the manifest that the tag of the repository of that name points to."""
        row = self._connection.execute(_FIND_BY_TAG, {"name": name, "tag": tag}).one_or_none()
        return None if row is None else _found(row)

    def locks(self, repository: int, digest: str) -> Lock | None:
        """Return the manifest's locks, ``None`` if the repository has no such manifest."""
        asked = {"repository": repository, "digest": digest}
        found = self._connection.execute(_LOCKS, asked).scalar()
        return None if found is None else locks_of(found)

    def set_locks(self, repository: int, digest: str, locks: Lock) -> None:
        """Set these locks of the manifest and no others."""
        statement = update(manifests).where(
            manifests.c.repository_id == repository, manifests.c.digest == digest
        )
        self._connection.execute(statement.values(locks=int(locks)))

    def kept(self, repository: int) -> tuple[str, Lock] | None:
        """Return a manifest of the repository that may not be deleted, if there is one."""
        statement = (
            select(manifests.c.digest, manifests.c.locks)
            .where(manifests.c.repository_id == repository, is_set(manifests.c.locks, KEPT))
            .order_by(manifests.c.digest)
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else (row.digest, locks_of(row.locks))

    def missing(self, repository: int, digests: Sequence[str]) -> list[str]:
        """Return those of ``digests`` that are no manifests of the repository."""
        held: set[str] = set()
        for start in range(0, len(digests), _ASKED_AT_ONCE):
            asked = {"repository": repository, "digests": digests[start : start + _ASKED_AT_ONCE]}
            held.update(self._connection.execute(_HELD, asked).scalars())
        return [digest for digest in digests if digest not in held]

    def naming(self, repository: int, digest: str) -> str | None:
        """Return the digest of a manifest of the repository that names ``digest``, if any does."""
        statement = (
            select(manifest_references.c.manifest)
            .where(
                manifest_references.c.repository_id == repository,
                manifest_references.c.digest == digest,
            )
            .limit(1)
        )
        return self._connection.execute(statement).scalar()

    def remove(self, repository: int, digest: str) -> bool:
        """Delete the manifest, its tags and its referrer entry; return whether it was there."""
        statement = delete(manifests).where(
            manifests.c.repository_id == repository, manifests.c.digest == digest
        )
        return self._connection.execute(statement).rowcount > 0


def _found(row: Row[Any]) -> FoundManifest:
    return FoundManifest(
        _manifest(row),
        locks_of(row.locks),
        locks_of(row.repository_locks),
        locks_of(row.tag_locks),
    )


def _manifest(row: Row[Any]) -> ManifestRow:
    return ManifestRow(
        digest=row.digest,
        media_type=row.media_type,
        content=row.content,
        created_at=from_column(row.created_at),
        artifact_type=row.artifact_type,
        config_media_type=row.config_media_type,
        subject=row.subject,
    )
