"""Layers made small and large again: gzip, by ISA-L (docs/adr/0024).

A layer is cut into blocks of a fixed size that are compressed side by side, each with the end of
the block before it as its dictionary, and joined to a single gzip member that every program can
read. The result depends on the bytes alone, not on the number of threads.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from isal import igzip_lib, isal_zlib

from sealyard.client.images.errors import MalformedImageError
from sealyard.client.images.limits import PIECE_BYTES, UNPACKED_BYTES
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

GZIP_MAGIC: Final = b"\x1f\x8b"

_BLOCK: Final = 512 * 1024
_DICTIONARY: Final = 32 * 1024  # RFC 1951: no reference reaches further back
_LEVEL: Final = 2  # the figures are in docs/adr/0024
_MEMORY: Final = 6  # larger buffers cost megabytes for each block and make nothing smaller
_MAX_WORKERS: Final = 4  # each holds two blocks: a layer of any size costs some 6 MB
_RAW_DEFLATE: Final = -15
_GZIP: Final = 31
# ISA-L's stubs take the class for one of its instances.
_DAMAGED: Final = cast("type[Exception]", igzip_lib.IsalError)
# RFC 1952: no name, no time, an unknown system, so that equal layers become equal bytes.
_HEADER: Final = GZIP_MAGIC + b"\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True)
class Squeezed:
    """What became of a layer: the digest before, digest and size after."""

    diff_id: Digest
    digest: Digest
    size: int


class Compressor:
    """Threads that compress; one for all layers of an image. A context manager."""

    def __init__(self, workers: int | None = None) -> None:
        count = workers or min(os.cpu_count() or 1, _MAX_WORKERS)
        self._in_flight = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="compress")

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def compress(self, pieces: Iterable[bytes], write: Callable[[bytes], object]) -> Squeezed:
        """Compress ``pieces`` into ``write``; raise whatever the two raise."""
        before, after = hashlib.sha256(), hashlib.sha256()
        checksum = length = size = 0

        def put(block: bytes) -> None:
            nonlocal size
            after.update(block)
            write(block)
            size += len(block)

        put(_HEADER)
        waiting: deque[Callable[[], bytes]] = deque()
        dictionary = b""
        for block, is_last in _blocks(pieces):
            waiting.append(self._pool.submit(_deflate, block, dictionary, is_last=is_last).result)
            before.update(block)
            checksum = isal_zlib.crc32(block, checksum)
            length += len(block)
            dictionary = bytes(block[-_DICTIONARY:])
            if len(waiting) > self._in_flight:
                put(waiting.popleft()())
        while waiting:
            put(waiting.popleft()())
        put(struct.pack("<LL", checksum, length & 0xFFFFFFFF))
        return Squeezed(
            Digest("sha256", before.hexdigest()), Digest("sha256", after.hexdigest()), size
        )


def gunzipped(pieces: Iterable[bytes], place: str, limit: int = UNPACKED_BYTES) -> Iterator[bytes]:
    """Yield what ``pieces``, one or more gzip members, hold; in pieces of at most 512 KiB.

    Raise ``MalformedImageError`` if they are damaged or hold more than ``limit`` bytes.
    """
    member = isal_zlib.decompressobj(_GZIP)
    seen, is_whole = 0, False
    try:
        for piece in pieces:
            left = piece
            # Zeros after a member are padding.
            while left and not (is_whole and not left.strip(b"\0")):
                if is_whole:
                    member, is_whole = isal_zlib.decompressobj(_GZIP), False
                out = member.decompress(left, PIECE_BYTES)
                is_whole = member.eof
                left = member.unused_data if is_whole else member.unconsumed_tail
                seen += len(out)
                if seen > limit:
                    reason = f"it unpacks to more than {limit} bytes"
                    raise MalformedImageError(place, reason)
                if out:
                    yield out
    except _DAMAGED as error:
        reason = f"its compression is damaged ({error})"
        raise MalformedImageError(place, reason) from error
    if not is_whole:
        reason = "it is cut off"
        raise MalformedImageError(place, reason)


def _deflate(block: bytes | memoryview, dictionary: bytes, *, is_last: bool) -> bytes:
    engine = (
        isal_zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE, _MEMORY, 0, dictionary)
        if dictionary
        else isal_zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE, _MEMORY)
    )
    done = engine.compress(block)
    return bytes(done + engine.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH))


def _blocks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes | memoryview, bool]]:
    """Cut ``pieces`` anew into blocks of the fixed size; the last may be shorter, or empty."""
    ready: bytes | memoryview = b""
    held = b""
    for piece in pieces:
        view = memoryview(held + piece if held else piece)
        whole = len(view) - len(view) % _BLOCK
        for start in range(0, whole, _BLOCK):
            if ready:
                yield ready, False
            ready = view[start : start + _BLOCK]
        held = bytes(view[whole:])
    if ready and held:
        yield ready, False
    yield held or ready, True
