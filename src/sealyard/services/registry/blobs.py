"""Blobs: served only through a repository that holds them, mounted only by who may pull them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.blobs import BlobLinkStore
from sealyard.db.manifests import ManifestStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import BlobUnknownError, ManifestInUseError
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics

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

    async def size(self, caller: Caller, repository: str, digest: Digest) -> int:
        """Return the size of a blob that the repository holds; raise ``BlobUnknownError``."""
        caller.require(Action.PULL, repository)
        size = await self._database.read(
            lambda connection: BlobLinkStore(connection).size(repository, str(digest))
        )
        if size is None:
            raise BlobUnknownError(repository, str(digest))
        return size

    def read(self, digest: Digest, part: ByteRange) -> AsyncGenerator[Piece]:
        """Yield ``part`` of a blob of which ``size`` just said that it may be had."""
        return self._store.read(digest, part)

    async def mount(self, caller: Caller, repository: str, digest: Digest, source: str) -> bool:
        """Have ``repository`` hold a blob that ``source`` holds; return whether it does now.

        Only from a repository that the caller may pull from: else whoever may push anywhere could
        read everything whose digest it knows (zot's CVE-2024-39897). Who may not is not told so,
        and uploads the blob. Raise ``InsufficientScopeError`` if only the token falls short.
        """
        caller.require(Action.PUSH, repository)
        if not caller.holds(Action.PULL, source):
            return False
        caller.require(Action.PULL, source)
        at = self._clock()

        def is_held(connection: Connection) -> bool:
            return BlobLinkStore(connection).size(source, str(digest)) is not None

        def work(transaction: Transaction) -> bool:
            connection = transaction.connection
            if not is_held(connection):
                return False
            held, is_new = RepositoryStore(connection).ensure(repository, at)
            BlobLinkStore(connection).link(held, str(digest), at)
            if is_new:
                transaction.touch(topics.CATALOG)
            return True

        return await self._database.read(is_held) and await self._database.write(work)

    async def delete(self, caller: Caller, repository: str, digest: Digest) -> None:
        """Have the repository no longer hold a blob.

        The bytes stay in the store, out of reach: another push may be about to link them, and
        which ones nobody needs is for garbage collection to say. Raise ``BlobUnknownError``, or
        ``ManifestInUseError`` while a manifest of the repository names the blob.
        """
        caller.require(Action.DELETE, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            held = RepositoryStore(connection).find_to_change(repository)
            if held is None:
                raise BlobUnknownError(repository, str(digest))
            user = ManifestStore(connection).naming(held, str(digest))
            if user is not None:
                raise ManifestInUseError(str(digest), user)
            if not BlobLinkStore(connection).unlink(held, str(digest)):
                raise BlobUnknownError(repository, str(digest))
            entry = done(caller, at, "blob.delete", repository, digest=str(digest))
            ActivityStore(connection).record(entry)
            transaction.touch(topics.repository(repository))

        await self._database.write(work)
