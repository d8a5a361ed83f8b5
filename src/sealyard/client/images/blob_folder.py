"""Blobs as files named by their digest: ``<folder>/blobs/sha256/<hex>``.

A file gets its name only once its bytes are verified.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sealyard.client.images.content import (
    of_size,
    open_regular,
    pieces_of,
    storage_errors,
    verified,
    write_all,
)
from sealyard.client.images.errors import (
    ContentMissingError,
    MalformedImageError,
    StorageError,
)
from sealyard.client.images.limits import MANIFEST_BYTES
from sealyard.oci import manifest
from sealyard.oci.errors import DigestMismatchError, SizeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.digest import Digest

    # Gives a file that appears under a name once its block ends well.
    Placing = Callable[[Path], AbstractContextManager[BinaryIO]]

BLOBS: Final = "blobs"


class BlobFolder:
    """The blobs of a layout. Safe for several threads, and for several processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: Digest) -> Path:
        """Return where the blob is, or would be."""
        return self.folder / BLOBS / digest.algorithm / digest.hex

    def read(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob's bytes; raise ``ContentMissingError`` or another ``ImageFormError``.

        Read from the start it may end with ``DigestMismatchError``.
        """
        pieces = self.read_unjudged(descriptor, offset)
        return pieces if offset else verified(pieces, descriptor)

    def read_unjudged(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the same with only the size looked at."""
        path = self.path(descriptor.digest)
        try:
            file = open_regular(path)
        except FileNotFoundError as error:
            raise ContentMissingError(str(self.folder), descriptor.digest) from error
        with file, storage_errors(path):
            file.seek(offset)
            yield from of_size(pieces_of(file), descriptor, offset)

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest's bytes; raise as ``read``."""
        if descriptor.size > MANIFEST_BYTES:
            reason = f"its manifest {descriptor.digest} has more than {MANIFEST_BYTES} bytes"
            raise MalformedImageError(str(self.folder), reason)
        return b"".join(self.read(descriptor))

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether the blob is there, by its bytes: a power failure may have torn the file."""
        try:
            for _ in self.read(descriptor):
                pass
        except (ContentMissingError, SizeMismatchError, StorageError, DigestMismatchError):
            return False
        return True

    def put(self, descriptor: Descriptor, pieces: Iterable[bytes], place: Placing) -> None:
        """Write a blob by ``place``, which gives it its name once it is whole.

        Raise ``SizeMismatchError``, ``DigestMismatchError`` or ``StorageError``, and whatever
        ``pieces`` raises; nothing is left then.
        """
        path = self.path(descriptor.digest)
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with place(path) as file:
            write_all(file, verified(pieces, descriptor))

    def remove_if_empty(self) -> None:
        """Remove the folders that hold no blob."""
        blobs = self.folder / BLOBS
        with suppress(OSError):
            for folder in (*blobs.iterdir(), blobs):
                folder.rmdir()

    def require_complete(self, top: Descriptor) -> None:
        """Pass if everything that ``top`` names is there; raise ``ContentMissingError`` if not.

        What may stay elsewhere (OCI image specification, "Non-Distributable Layers") may be
        missing. Bytes were judged when they came; here only that they are there.
        """
        waiting, seen = [top], {top.digest}
        while waiting:
            one = waiting.pop()
            found = manifest.parse(self.manifest(one), one.media_type)
            named = [*found.layers, *([found.config] if found.config else [])]
            for blob in named:
                if not blob.is_elsewhere and not self.path(blob.digest).is_file():
                    raise ContentMissingError(str(self.folder), blob.digest)
            for child in found.children:
                if child.digest not in seen and not child.is_elsewhere:
                    seen.add(child.digest)
                    waiting.append(child)
