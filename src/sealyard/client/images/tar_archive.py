"""A tar file as a place of named contents, read where they lie: nothing is unpacked.

An archive that is compressed as a whole, as ``docker save … | gzip`` makes it, is kept aside
uncompressed first, because compressed bytes cannot be read from the middle.
"""

from __future__ import annotations

import posixpath
from contextlib import closing
from typing import TYPE_CHECKING, Self

from sealyard.client.images.compression import GZIP_MAGIC, gunzipped
from sealyard.client.images.errors import MalformedImageError
from sealyard.client.images.spool import ReadableFile, spooled
from sealyard.client.images.tar_entries import Kind, TarEntry, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TarArchive:
    """The regular files of an archive. Safe for several threads."""

    def __init__(self, file: ReadableFile) -> None:
        """Read the table of contents; raise ``MalformedImageError``. The file is closed with it."""
        self.place = file.place
        self._file = file
        try:
            self._entries = read_entries(file.place, file.read_at, file.size)
        except BaseException:
            file.close()
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an archive; raise ``ImageFormError``."""
        file = ReadableFile.open(path)
        if file.read_at(0, len(GZIP_MAGIC)) != GZIP_MAGIC:
            return cls(file)
        with closing(file):
            return cls(spooled(gunzipped(file.pieces(0, file.size), str(path)), str(path)))

    def close(self) -> None:
        """Close the file; one that was kept aside is gone then."""
        self._file.close()

    def find(self, name: str) -> TarEntry | None:
        """Return a regular file, ``None`` if there is none; raise if it is a link."""
        entry = self._entries.get(name)
        if entry is None or entry.kind is Kind.FOLDER:
            return None
        if entry.kind is not Kind.FILE:
            reason = f"its entry {name[:200]!r} is a {entry.kind.value}"
            raise MalformedImageError(self.place, reason)
        return entry

    def followed(self, name: str) -> TarEntry | None:
        """Return a regular file, or the one that a link in its place points to within the archive.

        Only one link is followed: docker wrote them from a layer to an equal one.
        """
        entry = self._entries.get(name)
        if entry is None or entry.kind in {Kind.FILE, Kind.FOLDER}:
            return self.find(name)
        folder = posixpath.dirname(name) if entry.kind is Kind.SYMBOLIC_LINK else ""
        # A target that leads out of the archive is the name of no entry.
        return self.find(posixpath.normpath(posixpath.join(folder, entry.target)))

    def small(self, name: str, limit: int) -> bytes | None:
        """Return a file's content, ``None`` if there is none; raise if it is over ``limit``."""
        entry = self.find(name)
        if entry is None:
            return None
        if entry.size > limit:
            reason = f"its {name[:200]!r} has more than {limit} bytes"
            raise MalformedImageError(self.place, reason)
        return b"".join(self.pieces(entry))

    def pieces(self, entry: TarEntry, offset: int = 0) -> Iterator[bytes]:
        """Yield a file's content from ``offset`` on."""
        return self._file.pieces(entry.offset + offset, max(entry.size - offset, 0))
