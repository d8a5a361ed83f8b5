"""Blobs: served only through a repository that holds them, mounted only by who may pull them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.blobs import BlobLinkStore
from sealyard.db.locks import KEPT, Lock
from sealyard.db.manifests import ManifestStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import BlobUnknownError, LockedError, ManifestInUseError
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics
from sealyard.services.registry.locks import LockRefusals, require_free

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.blobstore.base import BlobStore, Piece
    from sealyard.db.database import Database, Transaction
    from sealyard.oci.digest import Digest
    from sealyard.oci.ranges import ByteRange


class Blobs:
    """Blobs of all repositories."""

    def __init__(self, database: Database, store: BlobStore, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._refusals = LockRefusals(database, clock)

    async def size(self, caller: Caller, repository: str, digest: Digest) -> int:
        """Return the size of a blob that the repository holds.

        Raise ``BlobUnknownError``, or ``LockedError`` if the repository may not be read.
        """
        caller.require(Action.PULL, repository)
        found = await self._database.read(
            lambda connection: BlobLinkStore(connection).find(repository, str(digest))
        )
        if found is None:
            raise BlobUnknownError(repository, str(digest))
        require_free(found.repository_locks, Lock.READ, repository)
        return found.size

    def read(self, digest: Digest, part: ByteRange) -> AsyncGenerator[Piece]:
        """Yield ``part`` of a blob of which ``size`` just said that it may be had."""
        return self._store.read(digest, part)

    async def mount(self, caller: Caller, repository: str, digest: Digest, source: str) -> bool:
        """Have ``repository`` hold a blob that ``source`` holds; return whether it does now.

        Only from a repository that the caller may pull from: else whoever may push anywhere could
        read everything whose digest it knows (zot's CVE-2024-39897). Who may not is not told so,
        and uploads the blob; so does who would mount from a repository that is locked against
        reading. Raise ``InsufficientScopeError`` if only the token falls short, or ``LockedError``.
        """
        caller.require(Action.PUSH, repository)
        if not caller.holds(Action.PULL, source):
            return False
        caller.require(Action.PULL, source)
        at = self._clock()

        def is_held(connection: Connection) -> bool:
            found = BlobLinkStore(connection).find(source, str(digest))
            return found is not None and Lock.READ not in found.repository_locks

        def work(transaction: Transaction) -> bool:
            connection = transaction.connection
            if not is_held(connection):
                return False
            held = RepositoryStore(connection).ensure(repository, at)
            require_free(held.locks, Lock.WRITE, repository)
            BlobLinkStore(connection).link(held.id, str(digest), at)
            if held.is_new:
                transaction.touch(topics.CATALOG)
            return True

        try:
            return await self._database.read(is_held) and await self._database.write(work)
        except LockedError as error:
            await self._refusals.record(caller, "blob.push", error)
            raise

    async def delete(self, caller: Caller, repository: str, digest: Digest) -> None:
        """Have the repository no longer hold a blob.

        The bytes stay in the store, out of reach: another push may be about to link them, and
        which ones nobody needs is for garbage collection to say. Raise ``BlobUnknownError``,
        ``LockedError``, or ``ManifestInUseError`` while a manifest of the repository names it.
        """
        caller.require(Action.DELETE, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            held = RepositoryStore(connection).find_to_change(repository)
            if held is None:
                raise BlobUnknownError(repository, str(digest))
            require_free(held.locks, KEPT, repository)
            user = ManifestStore(connection).naming(held.id, str(digest))
            if user is not None:
                raise ManifestInUseError(str(digest), user)
            if not BlobLinkStore(connection).unlink(held.id, str(digest)):
                raise BlobUnknownError(repository, str(digest))
            entry = done(caller, at, "blob.delete", repository, digest=str(digest))
            ActivityStore(connection).record(entry)
            transaction.touch(topics.repository(repository))

        try:
            await self._database.write(work)
        except LockedError as error:
            await self._refusals.record(caller, "blob.delete", error)
            raise
