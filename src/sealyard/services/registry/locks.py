"""What locks forbid, asked in the transaction of the act itself, and what is written of a refusal.

A lock of a repository holds for everything in it. A lock of a manifest or a tag holds for that
manifest or tag; to delete a manifest deletes its tags, so their locks keep it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.db.activity import ActivityStore
from sealyard.db.locks import KEPT, NO_LOCKS, Lock
from sealyard.db.manifests import ManifestStore
from sealyard.db.tags import TagStore
from sealyard.errors import LockedError, ReadLockedError
from sealyard.services.operations.activity import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.db.manifests import FoundManifest
    from sealyard.db.repositories import HeldRepository


def require_free(locks: Lock, against: Lock, repository: str, reference: str = "") -> None:
    """Pass if none of the locks ``against`` is set; raise ``LockedError``.

    ``reference`` is the tag or digest whose ``locks`` they are, empty for the repository's own.
    """
    if locks is NO_LOCKS:  # nearly always, and at once: flags are slow to combine
        return
    for lock in locks & against:
        if lock is Lock.READ:
            raise ReadLockedError(repository, reference)
        raise LockedError(repository, reference, lock.attribute)


def require_readable(found: FoundManifest, repository: str, reference: str) -> None:
    """Pass if the manifest may be read by that tag or digest; raise ``LockedError``.

    What may not be read under any of its tags may not be read without one: else a client that
    learns the digest elsewhere, from trust data for instance, would get what is locked.
    """
    require_free(found.repository_locks, Lock.READ, repository)
    require_free(found.tag_locks, Lock.READ, repository, reference)
    require_free(found.locks, Lock.READ, repository, found.row.digest)


def require_manifest_deletable(
    connection: Connection, held: HeldRepository, repository: str, digest: str
) -> None:
    """Pass if neither the repository nor the manifest nor a tag of it is kept."""
    require_free(held.locks, KEPT, repository)
    locks = ManifestStore(connection).locks(held.id, digest)
    require_free(locks or NO_LOCKS, KEPT, repository, digest)
    for tag, kept in TagStore(connection).kept(held.id, digest).items():
        require_free(kept, KEPT, repository, tag)


def require_repository_deletable(
    connection: Connection, held: HeldRepository, repository: str
) -> None:
    """Pass if neither the repository nor anything in it is kept."""
    require_free(held.locks, KEPT, repository)
    for tag, kept in TagStore(connection).kept(held.id).items():
        require_free(kept, KEPT, repository, tag)
    manifest = ManifestStore(connection).kept(held.id)
    if manifest is not None:
        digest, locks = manifest
        require_free(locks, KEPT, repository, digest)


class LockRefusals:
    """Records what somebody was refused because of a lock."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def record(self, caller: Caller, kind: str, error: LockedError) -> None:
        """Record the refusal of an act; ``kind`` is that of the act (``tag.delete``)."""
        entry = refused(
            caller,
            self._clock(),
            kind,
            error.repository,
            reference=error.reference,
            locked=error.attribute,
        )

        def work(transaction: Transaction) -> None:
            ActivityStore(transaction.connection).record(entry)

        await self._database.write(work)
