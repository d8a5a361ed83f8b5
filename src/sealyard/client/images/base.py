"""The seam of images: what can be copied from, and what can be copied to.

Both are context managers: leaving one closes what it holds open and removes what it kept aside.
Each end answers for its own bytes: a source raises rather than end a blob that is not what its
digest and size say, and a target keeps nothing that it has not verified, whoever sends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


class ImageSource(Protocol):
    """One image, or one index of images, to be read. Safe for several threads."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *details: object) -> None: ...

    def top(self) -> Descriptor:
        """Return the manifest or index that the source stands for; the same one each time."""
        ...

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return the verified bytes of a manifest below ``top``, or of ``top`` itself."""
        ...

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a blob from ``offset`` on, in pieces of at most 512 KiB.

        Read from the start it ends with an error unless digest and size are those of
        ``descriptor``; whoever consumes it must not act on the bytes before it has ended. From an
        offset on only the size can be judged, and the receiver of the whole judges the digest.
        """
        ...


@runtime_checkable
class UnjudgedSource(Protocol):
    """A source that gives a blob without judging it too: for a target, which judges it anyway.

    To hash everything twice on its way takes a fifth of the time of a copy.
    """

    def unjudged_blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a blob as they come, not more than there should be."""
        ...


class ImageTarget(Protocol):
    """Where an image is put. Safe for several threads; nothing is visible before ``finish``."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *details: object) -> None: ...

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob or manifest is there already and need not be put."""
        ...

    def put_blob(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Take a blob; ``open_at`` yields its bytes from an offset on, more than once if asked.

        Bytes that are not those of ``descriptor`` are not kept, and an error of the tree says so.
        """
        ...

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        """Take a manifest; everything that it names has been put before. Verified as a blob is."""
        ...

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Make ``top`` visible, under the name of ``reference`` where there is one.

        May be called for several images, one after the other.
        """
        ...
