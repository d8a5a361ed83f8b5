"""The seam between the registry and the place where its blobs are.

A blob is found by its digest, whole or not at all: it becomes visible only after every byte of it
was verified and is durable. Bytes on their way in belong to an upload, which has a name and grows
at its end. Which repository holds which blob is not known here and not decided here.

``tests/contract/blobstore`` says in code what every implementation promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sealyard.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from datetime import datetime

    from sealyard.oci.digest import Digest
    from sealyard.oci.ranges import ByteRange

__all__ = ["BlobLostError", "BlobStore", "Piece", "Progress", "UploadBusyError"]

Piece = bytes | bytearray | memoryview  # some bytes of a blob, to be passed on and not kept


class BlobLostError(UnavailableError):
    """A blob that the registry knows of is not in the store: the disk lost it."""

    def __init__(self, digest: Digest) -> None:
        super().__init__(f"blob {digest} is missing from the blob store; push it again")
        self.digest = digest


class UploadBusyError(ConflictError):
    """Another request is writing to the same upload, and went on for longer than we wait."""

    def __init__(self, upload: str) -> None:
        super().__init__(
            f"upload {upload} is being written to by another request; wait for it, or start anew"
        )
        self.upload = upload


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is: ``offset`` bytes, and their digest where it was computed on the way."""

    offset: int
    digest: Digest | None = None


class BlobStore(Protocol):
    """The contract. Any method may raise ``UnavailableError`` (disk full, store out of reach)."""

    async def begin(self, upload: str) -> None:
        """Start an empty upload. ``upload`` is a fresh UUID."""

    async def offset(self, upload: str) -> int:
        """Return how many bytes ``upload`` has; raise ``UploadUnknownError``."""

    async def append(
        self,
        upload: str,
        chunks: AsyncIterator[bytes],
        *,
        algorithm: str = "sha256",
        at: int | None = None,
        length: int | None = None,
    ) -> Progress:
        """Write ``chunks`` at the end of ``upload``; return its durable progress.

        Raise ``UploadOffsetError`` if ``at`` is given and is not where the upload stands, and
        ``InvalidChunkError`` if ``length`` is given and another number of bytes came; both change
        nothing. If ``chunks`` raises, what came before stays and the error passes through: the
        sender may go on from there. ``algorithm`` is what the digest on the way is wanted in.
        Raise ``UploadUnknownError`` and ``UploadBusyError``.
        """

    async def commit(self, upload: str, expected: Digest, known: Progress | None) -> int:
        """Make the bytes of ``upload`` the blob ``expected``; return its size.

        ``known`` is the last progress that ``append`` returned, here or in another process; where
        it fits the upload's size and the algorithm, the bytes are not read again. The blob is
        durable and visible when this returns. Raise ``DigestMismatchError`` (the upload stays),
        ``UploadUnknownError`` and ``UploadBusyError``.
        """

    async def abort(self, upload: str) -> None:
        """Forget ``upload`` and its bytes; no error if it is not there."""

    async def uploads(self, before: datetime) -> list[str]:
        """Return the uploads that were last written to before that moment."""

    async def size(self, digest: Digest) -> int:
        """Return the size of a blob in bytes; raise ``BlobLostError`` if it is not there."""

    def read(self, digest: Digest, part: ByteRange) -> AsyncGenerator[Piece]:
        """Yield ``part`` of a blob in pieces; raise ``BlobLostError`` if it is not there.

        The part lies within the blob. Whoever stops early closes the iterator.
        """

    async def delete(self, digest: Digest) -> None:
        """Remove a blob; no error if it is not there. Readers under way are not disturbed."""
