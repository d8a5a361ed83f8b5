"""Bytes on their way: cut into pieces, counted, and judged by the descriptor that names them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

from sealyard.client.images.errors import StorageError
from sealyard.client.images.limits import PIECE_BYTES
from sealyard.oci.digest import Digest, verify
from sealyard.oci.errors import SizeMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sealyard.oci.descriptor import Descriptor

_BEGIN_BYTES: Final = 4 * 1024 * 1024


def verified(pieces: Iterable[bytes], descriptor: Descriptor) -> Iterator[bytes]:
    """Pass ``pieces`` through; raise unless together they are what ``descriptor`` names.

    ``SizeMismatchError`` comes before a byte too many is passed on, ``DigestMismatchError`` after
    the last one: only then is the digest known.
    """
    running = hashlib.new(descriptor.digest.algorithm)
    for piece in of_size(pieces, descriptor, 0):
        running.update(piece)
        yield piece
    verify(Digest(descriptor.digest.algorithm, running.hexdigest()), descriptor.digest)


def judged(pieces: Iterable[bytes], descriptor: Descriptor, offset: int) -> Iterator[bytes]:
    """Pass through what begins at ``offset``: verified if that is the start, else of the size."""
    return of_size(pieces, descriptor, offset) if offset else verified(pieces, descriptor)


def of_size(pieces: Iterable[bytes], descriptor: Descriptor, offset: int) -> Iterator[bytes]:
    """Pass through what begins at ``offset``; raise ``SizeMismatchError`` if it ends elsewhere."""
    seen = offset
    for piece in pieces:
        seen += len(piece)
        if seen > descriptor.size:
            raise SizeMismatchError(descriptor.digest, descriptor.size, seen)
        yield piece
    if seen != descriptor.size:
        raise SizeMismatchError(descriptor.digest, descriptor.size, seen)


def verified_whole(raw: bytes, descriptor: Descriptor) -> bytes:
    """Return ``raw``; raise ``SizeMismatchError`` or ``DigestMismatchError`` if it is another."""
    return b"".join(verified((raw,), descriptor))


def write_all(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    """Write ``pieces``; the disk begins with them at once, so that nobody waits for it at the end.

    Raise ``OSError``, and whatever ``pieces`` raises.
    """
    begun = written = 0
    for piece in pieces:
        written += file.write(piece)
        if written - begun >= _BEGIN_BYTES:
            # Pages that are not on the disk yet are not dropped by this: they are sent there.
            os.posix_fadvise(file.fileno(), begun, written - begun, os.POSIX_FADV_DONTNEED)
            begun = written


def pieces_of(file: BinaryIO, length: int | None = None) -> Iterator[bytes]:
    """Yield what ``file`` holds from where it stands, ``length`` bytes at most."""
    left = length
    while left is None or left > 0:
        piece = file.read(PIECE_BYTES if left is None else min(PIECE_BYTES, left))
        if not piece:
            return
        if left is not None:
            left -= len(piece)
        yield piece


def open_regular(path: Path) -> BinaryIO:
    """Open a file that is one: no pipe that never ends, no link to what is somewhere else.

    Raise ``FileNotFoundError`` or ``StorageError``.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        number = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(path, error) from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise StorageError(path, OSError(errno.EINVAL, "it is not a regular file"))
    return os.fdopen(number, "rb", buffering=0)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` outlive a power failure; raise ``OSError``."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def storage_errors(path: Path | str) -> Iterator[None]:
    """Turn an ``OSError`` about ``path`` into ``StorageError``."""
    try:
        yield
    except OSError as error:
        raise StorageError(path, error) from error
