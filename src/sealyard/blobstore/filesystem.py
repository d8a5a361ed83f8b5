"""Blobs as files in one folder.

::

    <folder>/blobs/sha256/ab/abcd…      a blob: complete, verified, durable
    <folder>/uploads/<uuid>             bytes on their way in

Files are read, written and hashed in pool threads. While the loop receives, one batch of each
upload is being written; so an upload costs two batches of memory, however large it is.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from sealyard.blobstore.base import BlobLostError, Progress, UploadBusyError
from sealyard.blobstore.upload_file import RunningHash, UploadFile, sync_folder
from sealyard.errors import UnavailableError, UploadOffsetError, UploadUnknownError
from sealyard.oci.digest import Digest, verify
from sealyard.oci.errors import InvalidChunkError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sealyard.blobstore.base import Piece
    from sealyard.oci.ranges import ByteRange

T = TypeVar("T")

_WRITE_BATCH: Final = 192 * 1024  # 4 MiB lose the whole lead over the peers, 64 KiB half of it
_READ_PIECE: Final = 240 * 1024  # more is mapped anew by the allocator each time
_MEMORY_PIECE: Final = 64 * 1024  # as much as the transport takes before it makes us wait
_THREADS: Final = 6  # for what takes microseconds to milliseconds
_LONG_THREADS: Final = 8  # for what may take the disk seconds, and must not keep the others waiting
_KNOWN_HASHES: Final = 512
_BUSY_TRIES: Final = 40
_BUSY_PAUSE: Final = 0.05  # seconds; forty of them are longer than a lost connection lingers here


class FilesystemBlobStore:
    """A ``BlobStore`` over a folder, shared by the workers."""

    def __init__(self, folder: Path) -> None:
        self._blobs = folder / "blobs"
        self._uploads = folder / "uploads"
        for each in (self._blobs, self._uploads):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")
        self._long_pool = ThreadPoolExecutor(_LONG_THREADS, thread_name_prefix="blobs-long")
        self._durable: set[Path] = set()
        # Hashes of uploads between two of their chunks. Losing one costs a second reading.
        self._hashes: OrderedDict[str, RunningHash] = OrderedDict()

    def close(self) -> None:
        """End the pool threads."""
        self._pool.shutdown()
        self._long_pool.shutdown()

    async def begin(self, upload: str) -> None:
        """Start an empty upload."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with _told_as_unavailable():
            os.close(os.open(self._uploads / upload, flags, 0o600))

    async def offset(self, upload: str) -> int:
        """Return how many bytes ``upload`` has."""
        try:
            return os.stat(self._uploads / upload).st_size  # noqa: PTH116 (a stat is no waiting)
        except FileNotFoundError as error:
            raise UploadUnknownError(upload) from error

    async def append(
        self,
        upload: str,
        chunks: AsyncIterator[bytes],
        *,
        algorithm: str = "sha256",
        at: int | None = None,
        length: int | None = None,
    ) -> Progress:
        """Write ``chunks`` at the end of ``upload``."""
        async with self._opened(upload) as file:
            if at is not None and at != file.start:
                raise UploadOffsetError(upload, file.start)
            file.resume_hash(self._hashes.pop(upload, None), algorithm)
            await self._receive(file, chunks, length)
            offset = await self._run_long(file.sync)
            if file.running is None:
                return Progress(offset)
            self._remember(upload, file.running)
            return Progress(offset, file.running.digest())

    async def commit(self, upload: str, expected: Digest, known: Progress | None) -> int:
        """Make the bytes of ``upload`` the blob ``expected``."""
        async with self._opened(upload) as file:
            actual = known.digest if known is not None and known.offset == file.start else None
            if actual is None or actual.algorithm != expected.algorithm:
                actual = await self._run_long(lambda: file.rehash(expected.algorithm))
            verify(actual, expected)
            await self._run_long(partial(self._publish, file, self._path(expected)))
            self._hashes.pop(upload, None)
            return file.start

    async def abort(self, upload: str) -> None:
        """Forget ``upload`` and its bytes."""
        self._hashes.pop(upload, None)
        await self._run(lambda: (self._uploads / upload).unlink(missing_ok=True))

    async def uploads(self, before: datetime) -> list[str]:
        """Return the uploads that were last written to before that moment."""
        return await self._run(lambda: _older(self._uploads, before.timestamp()))

    async def size(self, digest: Digest) -> int:
        """Return the size of a blob in bytes."""
        try:
            return os.stat(self._path(digest)).st_size  # noqa: PTH116 (a stat is no waiting)
        except FileNotFoundError as error:
            raise BlobLostError(digest) from error

    async def read(self, digest: Digest, part: ByteRange) -> AsyncGenerator[Piece]:
        """Yield ``part`` of a blob; what the kernel has in memory needs no thread."""
        descriptor = self._open_blob(digest)
        position, left = part.first, len(part)
        try:
            while left:
                piece = _in_memory(descriptor, min(left, _MEMORY_PIECE), position)
                if not piece:
                    wanted = min(left, _READ_PIECE)
                    piece = await self._run(partial(os.pread, descriptor, wanted, position))
                if not piece:
                    raise BlobLostError(digest)  # cut off behind our back
                position, left = position + len(piece), left - len(piece)
                yield piece
        finally:
            os.close(descriptor)

    async def delete(self, digest: Digest) -> None:
        """Remove a blob."""
        await self._run(lambda: self._path(digest).unlink(missing_ok=True))

    def _path(self, digest: Digest) -> Path:
        return self._blobs / digest.algorithm / digest.hex[:2] / digest.hex

    def _publish(self, file: UploadFile, target: Path) -> None:
        folder = target.parent
        if folder not in self._durable:
            # Whoever made it: another worker may have, and not yet have got it to the disk.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(folder.parent)
            sync_folder(self._blobs)
            self._durable.add(folder)
        file.become(target)

    def _open_blob(self, digest: Digest) -> int:
        with _told_as_unavailable():
            try:
                return os.open(self._path(digest), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise BlobLostError(digest) from error

    async def _run(self, work: Callable[[], T]) -> T:
        with _told_as_unavailable():
            return await _ended(self._start(work))

    async def _run_long(self, work: Callable[[], T]) -> T:
        with _told_as_unavailable():
            loop = asyncio.get_running_loop()
            return await _ended(loop.run_in_executor(self._long_pool, work))

    def _start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, work)

    @asynccontextmanager
    async def _opened(self, upload: str) -> AsyncIterator[UploadFile]:
        with _told_as_unavailable():
            file = UploadFile.open(self._uploads / upload)
            for _ in range(_BUSY_TRIES):
                if file is not None:
                    break
                await asyncio.sleep(_BUSY_PAUSE)
                file = UploadFile.open(self._uploads / upload)
        if file is None:
            raise UploadBusyError(upload)
        try:
            yield file
        finally:
            file.close()

    async def _receive(
        self, file: UploadFile, chunks: AsyncIterator[bytes], length: int | None
    ) -> None:
        """Write ``chunks``, one batch being written while the next one is received."""
        writing: asyncio.Future[None] | None = None
        batch: list[bytes] = []
        size = received = 0
        try:
            async for chunk in chunks:
                batch.append(chunk)
                size += len(chunk)
                if length is not None and received + size > length:
                    break
                if size >= _WRITE_BATCH:
                    if writing is not None:
                        await _ended(writing)
                    writing = self._start(partial(file.write, batch))
                    received += size
                    batch, size = [], 0
        finally:
            # Also when the sender is gone: what came stays, and it may go on from there.
            await self._finish(file, writing, batch)
        if length is not None and received + size != length:
            await self._run(file.undo)
            reason = f"{length} bytes were announced and another number came"
            raise InvalidChunkError(reason)

    async def _finish(
        self, file: UploadFile, writing: asyncio.Future[None] | None, batch: list[bytes]
    ) -> None:
        try:
            with _told_as_unavailable():
                if writing is not None:
                    await _ended(writing)
            if batch:
                await self._run(partial(file.write, batch))
        except UnavailableError:
            await self._run(file.undo)
            raise

    def _remember(self, upload: str, running: RunningHash) -> None:
        self._hashes[upload] = running
        while len(self._hashes) > _KNOWN_HASHES:
            self._hashes.popitem(last=False)


def _in_memory(descriptor: int, size: int, position: int) -> Piece:
    """Read as far as that takes no waiting; nothing if the disk, or a thread, is needed for it."""
    buffer = bytearray(size)
    try:
        read = os.preadv(descriptor, [buffer], position, os.RWF_NOWAIT)
    except OSError:  # not in memory, or a file system that cannot tell
        return b""
    return buffer if read == size else memoryview(buffer)[:read]


async def _ended(work: asyncio.Future[T]) -> T:
    """Wait for a pool thread, to its end even if the waiting task is cancelled.

    A thread that went on alone would write to a descriptor that meanwhile means another file.
    """
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _older(folder: Path, moment: float) -> list[str]:
    found: list[str] = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # finished meanwhile
            if path.stat().st_mtime < moment:
                found.append(path.name)
    return found


@contextmanager
def _told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"the blob store does not answer ({error.strerror}); try again"
        raise UnavailableError(message) from error
