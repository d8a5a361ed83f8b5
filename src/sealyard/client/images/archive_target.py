"""An archive as a target: its parts wait beside it, and it is written at once when they are there.

What differs between the archives of OCI and of docker is how images are packed: their form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

from sealyard.client.images.blob_folder import BlobFolder
from sealyard.client.images.tar_writer import TarWriter
from sealyard.client.images.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


class ArchiveForm(Protocol):
    """How one kind of archive is packed; it remembers the images that have been added."""

    def add(self, blobs: BlobFolder, top: Descriptor, reference: ImageReference | None) -> None:
        """Take one more image; raise ``UnsupportedContentError`` if the form cannot."""
        ...

    def write(self, blobs: BlobFolder, archive: TarWriter) -> None:
        """Write everything added so far."""
        ...


class ArchiveTarget:
    """Writes the archive ``path`` anew whenever an image is finished, all images in it."""

    def __init__(self, path: Path, form: ArchiveForm) -> None:
        self._path = path
        self._form = form
        self._workshop = Workshop(path.parent)

    def __enter__(self) -> Self:
        self._workshop.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        """Remove what was on its way."""
        self._workshop.__exit__(*details)

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob or manifest has been put here before."""
        return self._blobs.has(descriptor)

    def put_blob(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Keep a blob; raise ``ImageFormError``, ``DigestMismatchError``."""
        self._blobs.put(descriptor, open_at(0), self._workshop.placing)

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        """Keep a manifest; raise as ``put_blob``."""
        self._blobs.put(descriptor, (raw,), self._workshop.placing)

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Write the archive with all images finished so far; raise ``ImageFormError``."""
        blobs = self._blobs
        blobs.require_complete(top)
        self._form.add(blobs, top, reference)
        with self._workshop.replacing(self._path) as file:
            archive = TarWriter(file)
            self._form.write(blobs, archive)
            archive.close()

    @property
    def _blobs(self) -> BlobFolder:
        return BlobFolder(self._workshop.folder)
