"""A tar file written in one pass: no owners, no times, so that equal content is equal bytes."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

_RECORD: Final = tarfile.RECORDSIZE
_BLOCK: Final = tarfile.BLOCKSIZE


class TarWriter:
    """Writes to ``file``, which it can go back in: a size may be known only after the content."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, name: str, pieces: Iterable[bytes]) -> int:
        """Write a regular file and return its size; raise whatever ``pieces`` raises."""
        start = self._file.tell()
        self._file.write(bytes(_BLOCK))
        size = 0
        for piece in pieces:
            self._file.write(piece)
            size += len(piece)
        self._file.write(bytes(-size % _BLOCK))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, size))
        self._file.seek(end)
        return size

    def close(self) -> None:
        """Write the end of the archive; the file stays open."""
        self._file.write(bytes(2 * _BLOCK))
        self._file.write(bytes(-self._file.tell() % _RECORD))


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o644
    # Without long names an entry has one block; sizes from 8 GiB on are GNU's.
    return info.tobuf(tarfile.GNU_FORMAT)
