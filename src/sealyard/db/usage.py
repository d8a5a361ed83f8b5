"""How much there is: what the registry holds, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from sealyard.db.blobs import blob_links, blobs
from sealyard.db.manifests import manifests
from sealyard.db.repositories import repositories
from sealyard.db.tags import tags

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of manifests and of blobs that a repository holds, each once; and how many names."""

    size: int
    repositories: int
    manifests: int
    tags: int


def usage(connection: Connection) -> Usage:
    """Count what there is."""
    linked = select(blob_links.c.digest).where(blob_links.c.digest == blobs.c.digest).exists()
    blob_bytes = connection.execute(select(func.sum(blobs.c.size)).where(linked)).scalar()
    manifest_count, manifest_bytes = connection.execute(
        select(func.count(), func.sum(manifests.c.size))
    ).one()
    return Usage(
        size=int(blob_bytes or 0) + int(manifest_bytes or 0),
        repositories=connection.execute(
            select(func.count()).select_from(repositories)
        ).scalar_one(),
        manifests=manifest_count,
        tags=connection.execute(select(func.count()).select_from(tags)).scalar_one(),
    )
