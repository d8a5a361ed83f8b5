"""What is known of repositories, tags and manifests besides their content: counts and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, asc, desc, func, literal, select, tuple_

from sealyard.db.base import from_column
from sealyard.db.blobs import blobs
from sealyard.db.locks import NO_LOCKS, Lock, is_free, locks_of
from sealyard.db.manifests import manifest_references, manifests
from sealyard.db.repositories import repositories
from sealyard.db.tags import tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection, Row


_BLOBS_SIZE = (
    select(func.coalesce(func.sum(blobs.c.size), 0))
    .join(manifest_references, manifest_references.c.digest == blobs.c.digest)
    .where(
        manifest_references.c.repository_id == manifests.c.repository_id,
        manifest_references.c.manifest == manifests.c.digest,
    )
    .correlate(manifests)
    .scalar_subquery()
    .label("blobs_size")
)
# Without the content, which may be megabytes each.
_MANIFEST = (*(column for column in manifests.c if column.name != "content"), _BLOBS_SIZE)


@dataclass(frozen=True, slots=True)
class RepositoryAttributes:
    """One repository; ``updated_at`` is when a manifest or a tag last came."""

    name: str
    created_at: datetime
    updated_at: datetime
    manifest_count: int
    tag_count: int
    locks: Lock = NO_LOCKS


@dataclass(frozen=True, slots=True)
class TagAttributes:
    """One tag."""

    name: str
    digest: str
    created_at: datetime
    updated_at: datetime
    locks: Lock = NO_LOCKS


@dataclass(frozen=True, slots=True)
class ManifestAttributes:
    """One manifest with the tags that point to it; ``image_size`` counts its blobs as well."""

    digest: str
    media_type: str
    artifact_type: str
    config_media_type: str
    image_size: int
    created_at: datetime
    tags: tuple[str, ...]
    locks: Lock = NO_LOCKS


@dataclass(frozen=True, slots=True)
class AttributePage:
    """Which entries to read: at most ``limit`` after the one called ``after``.

    ``by_time`` is -1 for the newest first, 1 for the oldest first, 0 for the order of names. By
    time, ``after_time`` is what that one's was (as in the column), since it may have changed or
    gone meanwhile; ``None`` if nobody remembers, then it is looked up.
    """

    limit: int
    after: str = ""
    by_time: int = 0
    after_time: int | None = None


class AttributeStore:
    """Attributes over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def repository(self, name: str) -> RepositoryAttributes | None:
        """Return the repository of that name."""
        found = self._connection.execute(
            select(repositories).where(repositories.c.name == name)
        ).one_or_none()
        if found is None:
            return None
        counted = select(func.count(), func.max(manifests.c.created_at)).where(
            manifests.c.repository_id == found.id
        )
        manifest_count, last_manifest = self._connection.execute(counted).one()
        counted = select(func.count(), func.max(tags.c.updated_at)).where(
            tags.c.repository_id == found.id
        )
        tag_count, last_tag = self._connection.execute(counted).one()
        return RepositoryAttributes(
            name=name,
            created_at=from_column(found.created_at),
            updated_at=from_column(max(found.created_at, last_manifest or 0, last_tag or 0)),
            manifest_count=manifest_count,
            tag_count=tag_count,
            locks=locks_of(found.locks),
        )

    def tags(self, repository: int, page: AttributePage, digest: str = "") -> list[TagAttributes]:
        """Return tags that may be listed, all of them or those that point to ``digest``."""
        statement = select(tags).where(
            tags.c.repository_id == repository, is_free(tags.c.locks, Lock.LIST)
        )
        if digest:
            statement = statement.where(tags.c.digest == digest)
        statement = _paged(statement, page, tags.c.name, tags.c.updated_at)
        return [_tag(row) for row in self._connection.execute(statement)]

    def tag(self, repository: int, name: str) -> TagAttributes | None:
        """Return the tag of that name."""
        statement = select(tags).where(tags.c.repository_id == repository, tags.c.name == name)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _tag(row)

    def manifests(self, repository: int, page: AttributePage) -> list[ManifestAttributes]:
        """Return manifests that may be listed, with the tags that may."""
        statement = select(*_MANIFEST).where(
            manifests.c.repository_id == repository, is_free(manifests.c.locks, Lock.LIST)
        )
        statement = _paged(statement, page, manifests.c.digest, manifests.c.created_at)
        rows = self._connection.execute(statement).all()
        pointing = self._tags_of(repository, [row.digest for row in rows], hidden=Lock.LIST)
        return [_manifest(row, pointing.get(row.digest, ())) for row in rows]

    def manifest(self, repository: int, digest: str) -> ManifestAttributes | None:
        """Return the manifest of that digest."""
        statement = select(*_MANIFEST).where(
            manifests.c.repository_id == repository, manifests.c.digest == digest
        )
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        pointing = self._tags_of(repository, [digest], hidden=NO_LOCKS)
        return _manifest(row, pointing.get(digest, ()))

    def contents(self, repository: int, digests: Sequence[str], limit: int) -> dict[str, bytes]:
        """Return the content of those of ``digests`` whose manifests have at most that size."""
        statement = select(manifests.c.digest, manifests.c.content).where(
            manifests.c.repository_id == repository,
            manifests.c.digest.in_(digests),
            manifests.c.size <= limit,
        )
        return {row.digest: row.content for row in self._connection.execute(statement)}

    def _tags_of(
        self, repository: int, digests: Sequence[str], *, hidden: Lock
    ) -> dict[str, list[str]]:
        statement = (
            select(tags.c.digest, tags.c.name)
            .where(
                tags.c.repository_id == repository,
                tags.c.digest.in_(digests),
                is_free(tags.c.locks, hidden),
            )
            .order_by(tags.c.name)
        )
        found: dict[str, list[str]] = {}
        for digest, name in self._connection.execute(statement):
            found.setdefault(digest, []).append(name)
        return found


def _paged(
    statement: Select[Any], page: AttributePage, name: Column[Any], time: Column[Any]
) -> Select[Any]:
    """Order ``statement`` and begin it after ``page.after``, which need not be there any more."""
    if not page.by_time:
        return statement.where(name > page.after).order_by(name).limit(page.limit)
    if page.after:
        known = statement.with_only_columns(time).where(name == page.after).scalar_subquery()
        last = known if page.after_time is None else literal(page.after_time)
        place, end = tuple_(time, name), tuple_(last, literal(page.after))
        statement = statement.where(place < end if page.by_time < 0 else place > end)
    order = desc if page.by_time < 0 else asc
    return statement.order_by(order(time), order(name)).limit(page.limit)


def _tag(row: Row[Any]) -> TagAttributes:
    return TagAttributes(
        row.name,
        row.digest,
        from_column(row.created_at),
        from_column(row.updated_at),
        locks_of(row.locks),
    )


def _manifest(row: Row[Any], pointing: Sequence[str]) -> ManifestAttributes:
    return ManifestAttributes(
        digest=row.digest,
        media_type=row.media_type,
        artifact_type=row.artifact_type,
        config_media_type=row.config_media_type,
        image_size=row.size + int(row.blobs_size),  # PostgreSQL sums to a Decimal
        created_at=from_column(row.created_at),
        tags=tuple(pointing),
        locks=locks_of(row.locks),
    )
