"""Layers that are compressed while the archive with them is still arriving.

One thread follows the file that an export is kept in, and compresses whatever can be a layer. Which
of them are is found out at the end; each is known by its own diff id, so nothing has to be
believed. A follower that fails is no failure: what it has not made is made later, by the way that
tells errors.
"""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from sealyard.client.images import docker_image
from sealyard.client.images.compression import GZIP_MAGIC, Compressor
from sealyard.client.images.errors import ImageFormError
from sealyard.client.images.limits import PIECE_BYTES
from sealyard.client.images.spool import SpoolWriter
from sealyard.client.images.tar_entries import Kind, walk
from sealyard.oci.descriptor import Descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sealyard.client.images.spool import ReadableFile
    from sealyard.client.images.tar_entries import TarEntry
    from sealyard.oci.digest import Digest

    # A compressed layer, and the file that holds it.
    EarlyLayer = tuple[Descriptor, ReadableFile]

_UNKNOWN_LENGTH: Final = 2**62
_LAYER_NAME: Final = ".tar"
_BLOBS: Final = "blobs/"
_NO_LAYERS: Final = (b"{", b"[", GZIP_MAGIC)  # JSON, and what is compressed already


class GrowingFile:
    """A spooled file that one thread writes and another reads, waiting for what is not there."""

    def __init__(self, place: str) -> None:
        self._spool = SpoolWriter(place)
        self._file = self._spool.readable()
        self._size = 0
        self._is_done = False
        self._changed = threading.Condition()

    def fill(self, pieces: Iterable[bytes]) -> ReadableFile:
        """Write everything and return the whole; raise ``StorageError``, and as ``pieces``."""
        try:
            for piece in pieces:
                self._spool.write(piece)
                with self._changed:
                    self._size += len(piece)
                    self._changed.notify_all()
        except BaseException:
            self._end()
            self._spool.close()
            raise
        self._end()
        return self._spool.readable()

    def read_at(self, offset: int, length: int) -> bytes:
        """Wait for ``length`` bytes from ``offset`` on, or the end, and return what there is."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_done or self._size >= offset + length)
        return self._file.read_at(offset, length)

    def pieces(self, entry: TarEntry) -> Iterator[bytes]:
        """Yield an entry's content; fewer bytes if the file ends before."""
        offset, end = entry.offset, entry.offset + entry.size
        while offset < end and (piece := self.read_at(offset, min(PIECE_BYTES, end - offset))):
            offset += len(piece)
            yield piece

    def _end(self) -> None:
        with self._changed:
            self._is_done = True
            self._changed.notify_all()


class EarlyLayers:
    """What a thread makes of the layers in ``growing``, from now on."""

    def __init__(self, growing: GrowingFile) -> None:
        self._growing = growing
        self._made: dict[Digest, EarlyLayer] = {}
        self._is_done = False
        self._is_left = False
        self._changed = threading.Condition()
        threading.Thread(target=self._follow, name="layers", daemon=True).start()

    def take(self, diff_id: Digest) -> EarlyLayer | None:
        """Wait for a layer and hand it over, ``None`` if it was not made; the taker closes it."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_done or diff_id in self._made)
            return self._made.pop(diff_id, None)

    def close(self) -> None:
        """Make no more, and drop what nobody took."""
        with self._changed:
            self._is_left = True
            for _, file in self._made.values():
                file.close()
            self._made.clear()

    def _follow(self) -> None:
        try:
            with suppress(ImageFormError, OSError, ValueError), closing(Compressor()) as compressor:
                for entry in walk("the export", self._growing.read_at, _UNKNOWN_LENGTH):
                    if self._is_left:
                        return
                    if _may_be_layer(entry, self._growing):
                        self._make(entry, compressor)
        finally:
            with self._changed:
                self._is_done = True
                self._changed.notify_all()

    def _make(self, entry: TarEntry, compressor: Compressor) -> None:
        spool = SpoolWriter("a layer")
        try:
            made = compressor.compress(self._growing.pieces(entry), spool.write)
        except BaseException:
            spool.close()
            raise
        layer = Descriptor(docker_image.LAYER, made.digest, made.size)
        with self._changed:
            if self._is_left or made.diff_id in self._made:
                spool.close()
                return
            self._made[made.diff_id] = (layer, spool.readable())
            self._changed.notify_all()


def _may_be_layer(entry: TarEntry, growing: GrowingFile) -> bool:
    named = entry.name.endswith(_LAYER_NAME) or entry.name.startswith(_BLOBS)
    if entry.kind is not Kind.FILE or not named:
        return False
    return not growing.read_at(entry.offset, min(entry.size, 2)).startswith(_NO_LAYERS)
