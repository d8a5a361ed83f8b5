"""The seam of images: what can be copied from, and what can be copied to.

Both are context managers: leaving one closes what it holds open. The one who copies calls from
several threads at once, and verifies digest and size of everything on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

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
        """Return the bytes of a manifest below ``top``, or of ``top`` itself."""
        ...

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of a blob from ``offset`` on, in pieces of at most 1 MiB or so."""
        ...


class ImageTarget(Protocol):
    """Where an image is put. Safe for several threads; nothing is visible before ``finish``."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *details: object) -> None: ...

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob or manifest is there already and need not be put."""
        ...

    def put_blob(
        self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]
    ) -> None:
        """Take a blob; ``open_at`` yields its bytes from an offset on, more than once if asked."""
        ...

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        """Take a manifest; everything that it names has been put before."""
        ...

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Make ``top`` visible, under the name of ``reference`` where there is one."""
        ...
