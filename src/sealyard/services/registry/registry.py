"""All that can be done with images, joined: what a front door takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sealyard.services.registry.blobs import Blobs
from sealyard.services.registry.catalog import Catalog
from sealyard.services.registry.manifests import Manifests
from sealyard.services.registry.referrers import Referrers
from sealyard.services.registry.tags import Tags
from sealyard.services.registry.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.blobstore.base import BlobStore
    from sealyard.db.database import Database
    from sealyard.services.registry.limits import RegistryLimits


@dataclass(frozen=True, slots=True)
class Registry:
    """One service for each noun, over one database and one blob store."""

    limits: RegistryLimits
    blobs: Blobs
    catalog: Catalog
    manifests: Manifests
    referrers: Referrers
    tags: Tags
    uploads: Uploads

    @classmethod
    def over(
        cls,
        database: Database,
        store: BlobStore,
        limits: RegistryLimits,
        clock: Callable[[], datetime],
    ) -> Self:
        """Make them all."""
        return cls(
            limits=limits,
            blobs=Blobs(database, store, clock),
            catalog=Catalog(database, limits),
            manifests=Manifests(database, limits, clock),
            referrers=Referrers(database, limits),
            tags=Tags(database, limits, clock),
            uploads=Uploads(database, store, limits, clock),
        )
