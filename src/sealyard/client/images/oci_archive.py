"""An OCI image layout in a tar file (``oci-archive``), as skopeo, podman and buildx write it.

docker 25 and later write one with ``docker save``, too, with docker's own files beside it.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final, Self

from sealyard.client.images import layout_index
from sealyard.client.images.blob_folder import BLOBS
from sealyard.client.images.content import judged, pieces_of, verified_whole
from sealyard.client.images.errors import ContentMissingError, MalformedImageError
from sealyard.client.images.limits import INDEX_BYTES, MANIFEST_BYTES
from sealyard.client.images.tar_archive import TarArchive
from sealyard.oci import manifest
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sealyard.client.images.blob_folder import BlobFolder
    from sealyard.client.images.tar_writer import TarWriter
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference

_DEPTH: Final = 4  # of indexes in indexes


class OciArchiveSource:
    """One image of the archive: the one called ``name``, or the only one."""

    def __init__(
        self, archive: TarArchive, name: str | None = None, *, top: Descriptor | None = None
    ) -> None:
        """Read the two small files of the layout; raise ``ImageFormError``.

        With ``top`` it stands for that manifest, which ``index.json`` need not name.
        """
        self._archive = archive
        place = archive.place
        layout_index.check_marker(place, _small(archive, layout_index.MARKER))
        self._index = _small(archive, layout_index.INDEX)
        self._top = top or layout_index.choose(place, self._index, name)

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

    def below(self, top: Descriptor) -> Self:
        """Return the same archive, standing for a manifest below its own top."""
        return type(self)(self._archive, top=top)

    def is_whole(self, top: Descriptor, depth: int = _DEPTH) -> bool:
        """Tell whether everything that a manifest or index names is in the archive."""
        if not depth or not self._holds(top.digest):
            return False
        found = manifest.parse(self.manifest(top), top.media_type)
        blobs = (*found.layers, *([found.config] if found.config else []))
        return all(self._holds(one.digest) for one in blobs if not one.is_elsewhere) and all(
            self.is_whole(one, depth - 1) for one in found.children if not one.is_elsewhere
        )

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
        entry = self._archive.find(_entry_name(descriptor.digest))
        if entry is None:
            raise ContentMissingError(self._archive.place, descriptor.digest)
        return judged(self._archive.pieces(entry, offset), descriptor, offset)

    def _holds(self, digest: Digest) -> bool:
        return self._archive.find(_entry_name(digest)) is not None


def _entry_name(digest: Digest) -> str:
    return f"{BLOBS}/{digest.algorithm}/{digest.hex}"


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
