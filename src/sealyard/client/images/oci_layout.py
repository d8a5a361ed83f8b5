"""An OCI image layout: a folder of blobs by digest, and an ``index.json`` that names images.

::

    DIR/oci-layout              the marker
    DIR/index.json              replaced as the very last step, so it never names what is not there
    DIR/blobs/sha256/<hex>      appear whole and verified, by a rename out of
    DIR/.sealyard-<random>/     what is on its way; removed at the end
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from sealyard.client.images import layout_index
from sealyard.client.images.blob_folder import BLOBS, BlobFolder
from sealyard.client.images.content import open_regular, storage_errors, verified_whole
from sealyard.client.images.errors import ImageNotInFormError, MalformedImageError
from sealyard.client.images.limits import INDEX_BYTES
from sealyard.client.images.workshop import WORKSHOP_PREFIX, Workshop
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference

_MARKER_BYTES: Final = 4096


class OciLayoutSource:
    """One image of the layout in ``folder``: the one called ``name``, or the only one."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Read the two small files; raise ``ImageFormError``."""
        place = str(folder)
        layout_index.check_marker(place, _small(folder, layout_index.MARKER, _MARKER_BYTES))
        self._index = _small(folder, layout_index.INDEX, INDEX_BYTES)
        self._top = layout_index.choose(place, self._index, name)
        self._blobs = BlobFolder(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        """Nothing is held open between two reads."""

    def top(self) -> Descriptor:
        """Return what the name stands for."""
        return self._top

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest's verified bytes; raise ``ImageFormError``, ``DigestMismatchError``."""
        # Of several images without names ``index.json`` itself is the index.
        if descriptor.digest == Digest.of(self._index, descriptor.digest.algorithm):
            return verified_whole(self._index, descriptor)
        return self._blobs.manifest(descriptor)

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob's bytes; raise as ``manifest`` does."""
        return self._blobs.read(descriptor, offset)

    def unjudged_blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob for a target that judges it; raise ``ImageFormError``."""
        return self._blobs.read_unjudged(descriptor, offset)


class OciLayoutTarget:
    """Puts images into the layout in ``folder``, which is made if it is missing.

    ``name`` is the ref name; without one it is the tag that an image is finished with.
    """

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Raise ``MalformedImageError`` if ``folder`` holds something else."""
        self._folder = folder
        self._name = name
        self._blobs = BlobFolder(folder)
        self._workshop = Workshop(folder)
        with storage_errors(folder):
            marked = (folder / layout_index.MARKER).exists()
            if not marked and folder.exists() and not _is_begun(folder):
                reason = "it is neither empty nor an OCI image layout; name another folder"
                raise MalformedImageError(str(folder), reason)

    def __enter__(self) -> Self:
        self._workshop.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        """Remove what was on its way, and a folder that was made for nothing."""
        if self._workshop.is_new:
            self._blobs.remove_if_empty()
        self._workshop.__exit__(*details)

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob or manifest is there and sound."""
        return self._blobs.has(descriptor)

    def put_blob(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Keep a blob; raise ``ImageFormError``, ``DigestMismatchError``."""
        self._blobs.put(descriptor, open_at(0), self._workshop.replacing)

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        """Keep a manifest; raise as ``put_blob``."""
        self._blobs.put(descriptor, (raw,), self._workshop.replacing)

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Name ``top`` in ``index.json``; raise ``ContentMissingError``, ``ImageFormError``."""
        self._blobs.require_complete(top)
        names = layout_index.names(self._name, reference)
        with storage_errors(self._folder), _alone(self._folder):
            here = (self._folder / layout_index.INDEX).exists()
            present = _small(self._folder, layout_index.INDEX, INDEX_BYTES) if here else None
            index = layout_index.with_image(str(self._folder), present, top, names)
            self._write(layout_index.MARKER, layout_index.MARKER_CONTENT)
            self._write(layout_index.INDEX, index)

    def _write(self, name: str, raw: bytes) -> None:
        with self._workshop.replacing(self._folder / name) as file:
            file.write(raw)


def _is_begun(folder: Path) -> bool:
    """Tell whether a folder holds nothing but what an interrupted copy left: it is gone on with."""
    return all(
        one.name == BLOBS or one.name.startswith(WORKSHOP_PREFIX) for one in folder.iterdir()
    )


def names(folder: Path) -> list[str]:
    """Return the ref names of the images in a layout; raise ``ImageFormError``."""
    found = layout_index.images(str(folder), _small(folder, layout_index.INDEX, INDEX_BYTES))
    return [one.ref_name for one in found]


def _small(folder: Path, name: str, limit: int) -> bytes:
    """Return one of the two files; raise ``ImageFormError`` if it is missing or too large."""
    path = folder / name
    try:
        with open_regular(path) as file:
            raw = file.read(limit + 1)
    except FileNotFoundError as error:
        if not folder.exists():
            raise ImageNotInFormError(str(folder), "", ()) from error
        reason = f"it holds no {name}; is it an OCI image layout?"
        raise MalformedImageError(str(folder), reason) from error
    if len(raw) > limit:
        reason = f"its {name} has more than {limit} bytes"
        raise MalformedImageError(str(folder), reason)
    return raw


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other clients from changing ``index.json``; a lock on the folder leaves no file."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)
