"""An OCI image layout in a tar file (``oci-archive``), as skopeo, podman and buildx write it.

docker 25 and later write one with ``docker save``, too, with docker's own files beside it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Self

from sealyard.client.images import layout_index
from sealyard.client.images.blob_folder import BLOBS
from sealyard.client.images.content import judged, pieces_of, verified_whole
from sealyard.client.images.errors import ContentMissingError, MalformedImageError
from sealyard.client.images.limits import INDEX_BYTES, MANIFEST_BYTES
from sealyard.client.images.tar_archive import TarArchive
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sealyard.client.images.blob_folder import BlobFolder
    from sealyard.client.images.tar_writer import TarWriter
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


class OciArchiveSource:
    """One image of the archive: the one called ``name``, or the only one."""

    def __init__(self, archive: TarArchive, name: str | None = None) -> None:
        """Read the two small files of the layout; raise ``ImageFormError``."""
        self._archive = archive
        place = archive.place
        layout_index.check_marker(place, _small(archive, layout_index.MARKER))
        self._index = _small(archive, layout_index.INDEX)
        self._top = layout_index.choose(place, self._index, name)

    @classmethod
    def open(cls, path: Path, name: str | None = None) -> Self:
        """Open the archive ``path``; raise ``ImageFormError``."""
        archive = TarArchive.open(path)
        try:
            return cls(archive, name)
        except BaseException:
            archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        """Close the archive."""
        self._archive.close()

    def top(self) -> Descriptor:
        """Return what the name stands for."""
        return self._top

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest's verified bytes; raise ``ImageFormError``, ``DigestMismatchError``."""
        if descriptor.digest == Digest.of(self._index, descriptor.digest.algorithm):
            return verified_whole(self._index, descriptor)
        if descriptor.size > MANIFEST_BYTES:
            reason = f"its manifest {descriptor.digest} has more than {MANIFEST_BYTES} bytes"
            raise MalformedImageError(self._archive.place, reason)
        return b"".join(self.blob(descriptor))

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob's bytes from where it lies; raise as ``manifest`` does."""
        digest = descriptor.digest
        entry = self._archive.find(f"{BLOBS}/{digest.algorithm}/{digest.hex}")
        if entry is None:
            raise ContentMissingError(self._archive.place, digest)
        return judged(self._archive.pieces(entry, offset), descriptor, offset)


def names(path: Path) -> list[str]:
    """Return the ref names of the images in an archive; raise ``ImageFormError``."""
    with closing(TarArchive.open(path)) as archive:
        index = _small(archive, layout_index.INDEX)
        return [one.ref_name for one in layout_index.images(archive.place, index)]


def _small(archive: TarArchive, name: str) -> bytes:
    raw = archive.small(name, INDEX_BYTES)
    if raw is None:
        reason = f"it holds no {name}; is it an OCI archive, or docker's (docker-archive:)?"
        raise MalformedImageError(archive.place, reason)
    return raw


class OciArchiveForm:
    """How images are packed into such an archive; ``name`` is the ref name, else it is the tag."""

    def __init__(self, place: str, name: str | None = None) -> None:
        self._place = place
        self._name = name
        self._index: bytes | None = None

    def add(self, _blobs: BlobFolder, top: Descriptor, reference: ImageReference | None) -> None:
        """Take one more image into the index."""
        names = layout_index.names(self._name, reference)
        self._index = layout_index.with_image(self._place, self._index, top, names)

    def write(self, blobs: BlobFolder, archive: TarWriter) -> None:
        """Write the layout: its two small files, then every blob."""
        archive.add(layout_index.MARKER, [layout_index.MARKER_CONTENT])
        archive.add(layout_index.INDEX, [self._index or b""])
        for path in sorted((blobs.folder / BLOBS).glob("*/*")):
            with path.open("rb", buffering=0) as content:
                archive.add(path.relative_to(blobs.folder).as_posix(), pieces_of(content))
