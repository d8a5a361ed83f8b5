"""One upload's file while somebody writes to it: locked, hashed on the way, grown at its end.

Every method blocks and is meant for a pool thread. The lock is on the open file, so it holds
between the workers, and ends with the process whatever happens to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from sealyard.errors import UploadUnknownError
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_REREAD: Final = 1 << 20  # bytes read at once where an upload has to be hashed again


class RunningHash:
    """The digest of the first ``offset`` bytes of an upload, able to go on."""

    __slots__ = ("_state", "algorithm", "offset")

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self.offset = 0
        self._state = hashlib.new(algorithm, usedforsecurity=True)

    def update(self, content: bytes) -> None:
        """Take in the bytes that follow."""
        self._state.update(content)
        self.offset += len(content)

    def digest(self) -> Digest:
        """Return the digest of all bytes so far."""
        return Digest(self.algorithm, self._state.hexdigest())


class UploadFile:
    """An open, locked upload. ``running`` is its hash, ``None`` where it is not known."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self.start = os.fstat(descriptor).st_size
        self.running: RunningHash | None = None

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """Open and lock the file; ``None`` while another request holds it.

        Raise ``UploadUnknownError`` if there is no such upload (any more).
        """
        with _told_as_unknown(path.name):
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Who held the lock before may have made the file a blob: nobody writes to that.
                same = os.path.samestat(path.stat(), os.fstat(descriptor))
            except BaseException as error:
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    return None
                raise
        if not same:
            os.close(descriptor)
            raise UploadUnknownError(path.name)
        return cls(path, descriptor)

    def resume_hash(self, running: RunningHash | None, algorithm: str) -> None:
        """Go on with ``running`` if it is the hash of this file, or start one if it is empty.

        Otherwise the bytes are hashed once, when the upload is finished, and not at each chunk.
        """
        if self.start == 0:
            self.running = RunningHash(algorithm)
        elif running is not None and (running.offset, running.algorithm) == (
            self.start,
            algorithm,
        ):
            self.running = running

    def write(self, batch: Sequence[bytes]) -> None:
        """Append ``batch``."""
        content = batch[0] if len(batch) == 1 else b"".join(batch)
        left = memoryview(content)
        while left:
            left = left[os.write(self._descriptor, left) :]
        if self.running is not None:
            self.running.update(content)

    def sync(self) -> int:
        """Make the bytes durable; return how many there are."""
        os.fdatasync(self._descriptor)
        return os.fstat(self._descriptor).st_size

    def undo(self) -> None:
        """Cut off what was written since the file was opened."""
        self.running = None
        os.ftruncate(self._descriptor, self.start)

    def rehash(self, algorithm: str) -> Digest:
        """Read all bytes and return their digest."""
        running = RunningHash(algorithm)
        while piece := os.pread(self._descriptor, _REREAD, running.offset):
            running.update(piece)
        return running.digest()

    def become(self, target: Path) -> None:
        """Move the file to ``target``, durably; raise ``UploadUnknownError`` if it is gone.

        The folder of ``target`` is there and durable.
        """
        os.fsync(self._descriptor)
        with _told_as_unknown(self._path.name):
            self._path.rename(target)
        sync_folder(target.parent)

    def close(self) -> None:
        """Unlock and close."""
        os.close(self._descriptor)


@contextmanager
def _told_as_unknown(upload: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise UploadUnknownError(upload) from error


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
