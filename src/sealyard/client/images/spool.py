"""Files read by offset, and bytes kept aside in files that have no name.

A spooled file is gone with the process, however that ends, and nobody else can open it.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Final, Self

from sealyard.client.images.content import open_regular, storage_errors
from sealyard.client.images.errors import ImageNotInFormError
from sealyard.client.images.limits import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO


_TEMPORARY: Final = "the folder for temporary files (TMPDIR)"


class ReadableFile:
    """A file that several threads read at once, each where it likes."""

    def __init__(self, file: BinaryIO, place: str) -> None:
        self._file = file
        self.place = place
        self.size = os.fstat(file.fileno()).st_size

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a regular file; raise ``ImageNotInFormError`` if it is missing, ``StorageError``."""
        try:
            return cls(open_regular(path), str(path))
        except FileNotFoundError as error:
            raise ImageNotInFormError(str(path), "", ()) from error

    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset`` on, fewer at the end."""
        with storage_errors(self.place):
            return os.pread(self._file.fileno(), length, offset)

    def pieces(self, offset: int, length: int) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``offset`` on, fewer at the end."""
        end = offset + length
        while offset < end:
            piece = self.read_at(offset, min(PIECE_BYTES, end - offset))
            if not piece:
                return
            offset += len(piece)
            yield piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class SpoolWriter:
    """A file without a name that is being written; ``place`` is what errors call it."""

    def __init__(self, place: str) -> None:
        self._place = place
        with storage_errors(_TEMPORARY):
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (closed by its reader)

    def write(self, piece: bytes) -> None:
        """Append; raise ``StorageError``."""
        with storage_errors(_TEMPORARY):
            self._file.write(piece)

    def readable(self) -> ReadableFile:
        """Return what was written, to be read; whoever gets it closes it."""
        return ReadableFile(self._file, self._place)

    def close(self) -> None:
        """Drop what was written."""
        self._file.close()


def spooled(pieces: Iterable[bytes], place: str) -> ReadableFile:
    """Keep ``pieces`` aside; whoever gets the file closes it.

    Raise ``StorageError``, and whatever ``pieces`` raises.
    """
    spool = SpoolWriter(place)
    try:
        for piece in pieces:
            spool.write(piece)
    except BaseException:
        spool.close()
        raise
    return spool.readable()
