"""Docker's archive (``docker-archive``), as ``docker save`` of any age wrote it.

::

    manifest.json               which images, since docker 1.10
    <hex>.json, <id>/layer.tar  up to docker 24; an equal layer may be a link to the first one
    blobs/sha256/<hex>          docker 25 and later
    <hex>.tar                   skopeo and podman
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Self

from sealyard.client.images import docker_image, docker_listing
from sealyard.client.images.errors import ContentMissingError, MalformedImageError
from sealyard.client.images.limits import CONFIG_BYTES, INDEX_BYTES
from sealyard.client.images.tar_archive import TarArchive
from sealyard.oci.digest import Digest, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sealyard.client.images.docker_listing import ListedImage
    from sealyard.client.images.tar_entries import TarEntry


class DockerArchive:
    """One image of the archive: the one called ``name`` (``NAME:TAG`` or ``@N``), or the only one.

    ``config`` is its config, ``diff_ids`` are its layers, lowest first.
    """

    def __init__(self, archive: TarArchive, name: str | None = None) -> None:
        """Find out what the image is made of; raise ``ImageFormError``, ``DigestMismatchError``."""
        self._archive = archive
        self.place = archive.place
        image = docker_listing.choose(self.place, _images(archive), name)
        self.config = self._config(image)
        self.diff_ids = docker_image.diff_ids(self.place, self.config)
        self._layers = self._layer_entries(image)

    @classmethod
    def open(cls, path: Path, name: str | None = None) -> Self:
        """Open the archive ``path``; raise ``ImageFormError``, ``DigestMismatchError``."""
        archive = TarArchive.open(path)
        try:
            return cls(archive, name)
        except BaseException:
            archive.close()
            raise

    def layer(self, diff_id: Digest) -> Iterator[bytes]:
        """Yield the layer as it lies in the archive, not verified."""
        entry = self._layers.get(diff_id)
        if entry is None:
            raise ContentMissingError(self.place, diff_id)
        return self._archive.pieces(entry)

    def compressed(self, _diff_id: Digest) -> None:
        """Hand over nothing: a file that is there whole is compressed layer by layer."""

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()

    def _config(self, image: ListedImage) -> bytes:
        raw = self._archive.small(image.config, CONFIG_BYTES)
        if raw is None:
            reason = f"its {docker_listing.LISTING} names a config that it does not hold"
            raise MalformedImageError(self.place, reason)
        if image.config_digest is not None:
            verify(Digest.of(raw), image.config_digest)
        return raw

    def _layer_entries(self, image: ListedImage) -> dict[Digest, TarEntry]:
        if len(image.layers) != len(self.diff_ids):
            reason = (
                f"the config of its image names {len(self.diff_ids)} layers and its "
                f"{docker_listing.LISTING} {len(image.layers)}"
            )
            raise MalformedImageError(self.place, reason)
        entries = {}
        for diff_id, name in zip(self.diff_ids, image.layers, strict=True):
            entry = self._archive.followed(name)
            if entry is None:
                raise ContentMissingError(self.place, diff_id)
            entries[diff_id] = entry
        return entries


def names(path: Path) -> list[str]:
    """Return the names of all images in an archive, ``NAME:TAG``; raise ``ImageFormError``."""
    with closing(TarArchive.open(path)) as archive:
        return [tag for image in _images(archive) for tag in image.tags]


def _images(archive: TarArchive) -> list[ListedImage]:
    listing = archive.small(docker_listing.LISTING, INDEX_BYTES)
    if listing is None:
        reason = (
            f"it holds no {docker_listing.LISTING}; is it docker's archive, or an OCI archive "
            "(oci-archive:)?"
        )
        raise MalformedImageError(archive.place, reason)
    return docker_listing.images(archive.place, listing)
