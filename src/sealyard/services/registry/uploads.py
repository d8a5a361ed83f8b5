"""Uploads: how a blob comes in, in one piece or in many, and over a dropped connection."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from sealyard.access.actions import Action
from sealyard.blobstore.base import Progress
from sealyard.db.blobs import BlobLinkStore
from sealyard.db.locks import NO_LOCKS, Lock
from sealyard.db.repositories import RepositoryStore
from sealyard.db.uploads import UploadRow, UploadStore
from sealyard.errors import LockedError, TooManyRequestsError, UploadUnknownError
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError
from sealyard.services.registry import topics
from sealyard.services.registry.locks import LockRefusals, require_free

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.blobstore.base import BlobStore
    from sealyard.db.database import Database, Transaction
    from sealyard.oci.ranges import ByteRange
    from sealyard.services.registry.limits import RegistryLimits

_RETRY_AFTER: Final = 60  # seconds, when an identity has too many uploads open


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that a client sends, and where it says they belong; without a range: at the end."""

    content: AsyncIterator[bytes]
    range: ByteRange | None = None

    @property
    def at(self) -> int | None:
        """The offset that the upload must have."""
        return None if self.range is None else self.range.first

    @property
    def length(self) -> int | None:
        """The number of bytes that must come."""
        return None if self.range is None else len(self.range)


class Uploads:
    """Uploads to all repositories. An upload belongs to who started it, and to its repository."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        limits: RegistryLimits,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._limits = limits
        self._clock = clock
        self._refusals = LockRefusals(database, clock)

    async def start(self, caller: Caller, repository: str, algorithm: str = "sha256") -> str:
        """Open an upload and return its id; raise ``TooManyRequestsError`` or ``LockedError``.

        ``algorithm`` is what the digest is going to be in; another one costs a second reading.
        """
        caller.require(Action.PUSH, repository)
        row = UploadRow(
            id=str(uuid4()),
            repository=repository,
            owner_id=caller.principal.object_id,
            algorithm=algorithm,
            updated_at=self._clock(),
        )

        def work(transaction: Transaction) -> None:
            _require_writable(transaction.connection, repository)
            store = UploadStore(transaction.connection)
            if store.count(row.owner_id) >= self._limits.max_open_uploads:
                what = f"{self._limits.max_open_uploads} uploads are open: finish or cancel some"
                raise TooManyRequestsError(what, _RETRY_AFTER)
            store.add(row)

        await self._store.begin(row.id)
        try:
            async with self._told(caller):
                await self._database.write(work)
        except BaseException:
            await self._store.abort(row.id)
            raise
        return row.id

    async def offset(self, caller: Caller, repository: str, upload: str) -> int:
        """Return how many bytes have come; raise ``UploadUnknownError``."""
        row = await self._found(caller, repository, upload)
        return await self._store.offset(row.id)

    async def append(self, caller: Caller, repository: str, upload: str, chunk: Chunk) -> int:
        """Take in a chunk and return how many bytes have come so far.

        Raise ``UploadOffsetError``, ``InvalidChunkError``, ``UploadUnknownError`` and
        ``UploadBusyError``.
        """
        row = await self._found(caller, repository, upload)
        progress = await self._store.append(
            row.id, chunk.content, algorithm=row.algorithm, at=chunk.at, length=chunk.length
        )
        digest = None if progress.digest is None else str(progress.digest)
        at = self._clock()
        await self._database.write(
            lambda transaction: UploadStore(transaction.connection).advance(
                row.id, progress.offset, digest, at
            )
        )
        return progress.offset

    async def finish(
        self, caller: Caller, repository: str, upload: str, digest: Digest, last: Chunk | None
    ) -> None:
        """Take in the ``last`` chunk, if there is one, and have the repository hold the blob.

        It is durable and can be pulled when this returns. Raise ``DigestMismatchError`` (the
        upload is gone then: its bytes cannot become right) and what ``append`` raises.
        """
        row = await self._found(caller, repository, upload)
        known = Progress(row.offset, Digest.parse(row.digest) if row.digest else None)
        if last is not None:
            algorithm = row.algorithm if row.offset else digest.algorithm
            known = await self._store.append(
                row.id, last.content, algorithm=algorithm, at=last.at, length=last.length
            )
        async with self._told(caller):
            await self._commit(repository, row.id, digest, known)

    async def put_whole(
        self, caller: Caller, repository: str, digest: Digest, content: AsyncIterator[bytes]
    ) -> None:
        """Take in a blob that comes with its digest in one request, and have it held."""
        caller.require(Action.PUSH, repository)
        async with self._told(caller):  # before all its bytes have come
            await self._database.read(lambda connection: _require_writable(connection, repository))
        upload = str(uuid4())
        await self._store.begin(upload)
        try:
            known = await self._store.append(upload, content, algorithm=digest.algorithm)
            async with self._told(caller):
                await self._commit(repository, upload, digest, known)
        except BaseException:
            await self._store.abort(upload)
            raise

    async def cancel(self, caller: Caller, repository: str, upload: str) -> None:
        """Forget an upload and its bytes; raise ``UploadUnknownError``."""
        row = await self._found(caller, repository, upload)
        await self._forget(row.id)

    async def _commit(self, repository: str, upload: str, digest: Digest, known: Progress) -> None:
        try:
            size = await self._store.commit(upload, digest, known)
        except DigestMismatchError:
            await self._forget(upload)
            raise
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            held = RepositoryStore(connection).ensure(repository, at)
            require_free(held.locks, Lock.WRITE, repository)
            BlobLinkStore(connection).add(held.id, str(digest), size, at)
            UploadStore(connection).remove(upload)
            if held.is_new:
                transaction.touch(topics.CATALOG)

        try:
            await self._database.write(work)
        except LockedError:  # locked while the bytes came: the store has them, nobody is to
            await self._forget(upload)
            raise

    @asynccontextmanager
    async def _told(self, caller: Caller) -> AsyncIterator[None]:
        try:
            yield
        except LockedError as error:
            await self._refusals.record(caller, "blob.push", error)
            raise

    async def _forget(self, upload: str) -> None:
        # The bytes first: a row without bytes is found by age, bytes without a row would be lost
        # sight of only until their own age is looked at.
        await self._store.abort(upload)
        await self._database.write(
            lambda transaction: UploadStore(transaction.connection).remove(upload)
        )

    async def _found(self, caller: Caller, repository: str, upload: str) -> UploadRow:
        caller.require(Action.PUSH, repository)
        if not _is_id(upload):
            raise UploadUnknownError(upload[:64])
        row = await self._database.read(lambda connection: UploadStore(connection).find(upload))
        if (
            row is None
            or row.repository != repository
            or row.owner_id != caller.principal.object_id
        ):
            raise UploadUnknownError(upload)
        return row


def _require_writable(connection: Connection, repository: str) -> None:
    locks = RepositoryStore(connection).locks(repository)
    require_free(locks or NO_LOCKS, Lock.WRITE, repository)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
