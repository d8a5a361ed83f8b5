"""Blobs: served only through a repository that holds them, mounted only by who may pull them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
    from sealyard.blobstore.base import BlobStore
    from sealyard.db.database import Database, Transaction
    from sealyard.oci.digest import Digest
    from sealyard.oci.ranges import ByteRange

_SOURCES_TRIED: Final = 100  # where a client leaves it to us to find a repository to mount from


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

    def read(self, digest: Digest, part: ByteRange) -> AsyncGenerator[bytes]:
        """Yield ``part`` of a blob of which ``size`` just said that it may be had."""
        return self._store.read(digest, part)

    async def mount(
        self, caller: Caller, repository: str, digest: Digest, source: str | None
    ) -> bool:
        """Have ``repository`` hold a blob that another one holds; return whether it does now.

        Only from a repository that the caller may pull from: else whoever may push anywhere could
        read everything whose digest it knows (zot's CVE-2024-39897). Without a ``source`` any
        such repository will do. Why not is never told: the answer is to upload it.
        """
        caller.require(Action.PUSH, repository)
        at = self._clock()

        def holder(connection: Connection) -> str | None:
            links = BlobLinkStore(connection)
            known = [source] if source else links.holders(str(digest), _SOURCES_TRIED)
            allowed = (name for name in known if caller.may(Action.PULL, name))
            return next(
                (name for name in allowed if links.size(name, str(digest)) is not None), None
            )

        def work(transaction: Transaction) -> bool:
            connection = transaction.connection
            if holder(connection) is None:
                return False
            held, is_new = RepositoryStore(connection).ensure(repository, at)
            BlobLinkStore(connection).link(held, str(digest), at)
            if is_new:
                transaction.touch(topics.CATALOG)
            return True

        if await self._database.read(holder) is None:
            return False
        return await self._database.write(work)

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
