"""Referrers: what signatures, bills of materials and other manifests say of a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sealyard.access.actions import Action
from sealyard.db.locks import NO_LOCKS, Lock
from sealyard.db.referrers import ReferrerStore
from sealyard.db.repositories import RepositoryStore
from sealyard.services.registry.locks import require_free

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database
    from sealyard.oci.digest import Digest
    from sealyard.oci.manifest import Manifest
    from sealyard.services.registry.limits import RegistryLimits

# An answer is an image index, which clients bound to 4 MiB as they do any manifest.
_MAX_BYTES = 3 * 2**20


@dataclass(frozen=True, slots=True)
class ReferrerPage:
    """Descriptors as JSON, and where the next page begins: empty after the last one."""

    descriptors: Sequence[bytes]
    next_after: str


def descriptor_of(manifest: Manifest, digest: Digest) -> bytes:
    """Return the descriptor under which a list shows ``manifest``.

    OCI Distribution 1.1, "Listing Referrers": with its annotations, and with its artifact type,
    which is left out where there is none.
    """
    descriptor: dict[str, Any] = {
        "mediaType": manifest.media_type,
        "digest": str(digest),
        "size": len(manifest.content),
    }
    if manifest.referrer_type:
        descriptor["artifactType"] = manifest.referrer_type
    if manifest.annotations:
        descriptor["annotations"] = manifest.annotations
    return msgspec.json.encode(descriptor)


class Referrers:
    """Referrers in all repositories."""

    def __init__(self, database: Database, limits: RegistryLimits) -> None:
        self._database = database
        self._limits = limits

    async def page(
        self, caller: Caller, repository: str, subject: Digest, artifact_type: str, after: str
    ) -> ReferrerPage:
        """Return what names ``subject``; of an unknown subject or repository nothing, no error.

        Only those of ``artifact_type`` unless it is empty; those whose digest sorts after
        ``after``.
        """
        caller.require(Action.PULL, repository)
        limit = self._limits.max_page_size

        def work(connection: Connection) -> list[tuple[str, bytes]]:
            locks = RepositoryStore(connection).locks(repository) or NO_LOCKS
            require_free(locks, Lock.READ, repository)
            store = ReferrerStore(connection)
            return store.page(repository, str(subject), artifact_type, after, limit + 1)

        return _page(await self._database.read_aside(work), limit)


def _page(found: Sequence[tuple[str, bytes]], limit: int) -> ReferrerPage:
    size = 0
    for position, (_, descriptor) in enumerate(found):
        size += len(descriptor)
        if position and (position == limit or size > _MAX_BYTES):
            shown = [each for _, each in found[:position]]
            return ReferrerPage(shown, found[position - 1][0])
    return ReferrerPage([descriptor for _, descriptor in found], "")
