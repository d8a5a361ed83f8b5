"""The layers of one image on their way from unpacked, as docker keeps them, to compressed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sealyard.client.images import docker_image
from sealyard.client.images.compression import GZIP_MAGIC, Compressor, gunzipped
from sealyard.client.images.content import judged
from sealyard.client.images.errors import ContentMissingError, LayerForgottenError
from sealyard.client.images.spool import ReadableFile, SpoolWriter
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.early_layers import EarlyLayer
    from sealyard.client.images.layer_memory import LayersInTarget


class RawLayers(Protocol):
    """Where the layers of an image lie as docker keeps them."""

    def layer(self, diff_id: Digest) -> Iterator[bytes]:
        """Yield a layer, not verified."""
        ...

    def compressed(self, diff_id: Digest) -> EarlyLayer | None:
        """Hand over a layer that has been compressed already, if it has; the taker closes it."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """A compressed layer, kept aside; without a file it has not been made this time."""

    diff_id: Digest
    layer: Descriptor
    file: ReadableFile | None


class Layers:
    """Compresses layers, each once, and gives them out. Safe for several threads."""

    def __init__(self, place: str, raw: RawLayers, known: LayersInTarget | None = None) -> None:
        self._place = place
        self._raw = raw
        self._known = known
        self._compressor = Compressor()
        self._by_diff_id: dict[Digest, _Kept] = {}
        self._by_digest: dict[Digest, Digest] = {}
        self._lock = threading.Lock()

    def prepare(self, diff_id: Digest) -> Descriptor:
        """Return the compressed form of a layer.

        Raise ``DigestMismatchError`` if the bytes that are there are not those of ``diff_id``,
        and whatever the raw layers raise.
        """
        with self._lock:
            kept = self._by_diff_id.get(diff_id)
            if kept is None:
                known = self._known.find(diff_id) if self._known else None
                kept = self._made(diff_id) if known is None else _Kept(diff_id, known, None)
                self._by_diff_id[diff_id] = kept
                self._by_digest[kept.layer.digest] = diff_id
            return kept.layer

    def read(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a compressed layer from ``offset`` on; raise ``ContentMissingError``."""
        file = self._file(descriptor.digest)
        return judged(file.pieces(offset, file.size), descriptor, offset)

    def close(self) -> None:
        """End the threads, drop what was kept aside, save what was learnt."""
        self._compressor.close()
        if self._known is not None:
            self._known.memory.save()
        for kept in self._by_diff_id.values():
            if kept.file is not None:
                kept.file.close()

    def _file(self, digest: Digest) -> ReadableFile:
        with self._lock:
            diff_id = self._by_digest.get(digest)
            if diff_id is None:
                raise ContentMissingError(self._place, digest)
            kept = self._by_diff_id[diff_id]
            if kept.file is not None:
                return kept.file
            # The target had it when asked, and now wants it after all.
            made = self._made(diff_id)
            self._by_diff_id[diff_id] = made
            if made.file is None or made.layer != kept.layer:
                raise LayerForgottenError(kept.layer.digest)
            return made.file

    def _made(self, diff_id: Digest) -> _Kept:
        early = self._raw.compressed(diff_id)
        if early is not None:
            return self._learnt(_Kept(diff_id, *early))
        spool = SpoolWriter(f"a layer of {self._place}")
        try:
            layer = self._compressed(diff_id, spool)
        except BaseException:
            spool.close()
            raise
        return self._learnt(_Kept(diff_id, layer, spool.readable()))

    def _learnt(self, kept: _Kept) -> _Kept:
        if self._known is not None:
            self._known.memory.learn(kept.diff_id, kept.layer)
        return kept

    def _compressed(self, diff_id: Digest, spool: SpoolWriter) -> Descriptor:
        squeezed = self._compressor.compress(self._unpacked(diff_id), spool.write)
        verify(squeezed.diff_id, diff_id)
        return Descriptor(docker_image.LAYER, squeezed.digest, squeezed.size)

    def _unpacked(self, diff_id: Digest) -> Iterator[bytes]:
        """Yield a layer unpacked, also where an archive holds it compressed."""
        pieces = self._raw.layer(diff_id)
        first = next(pieces, b"")

        def all_pieces() -> Iterator[bytes]:
            yield first
            yield from pieces

        if first.startswith(GZIP_MAGIC):
            yield from gunzipped(all_pieces(), self._place)
        else:
            yield from all_pieces()
