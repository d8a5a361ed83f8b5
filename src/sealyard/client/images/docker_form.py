"""How images are packed into docker's archive, so that every docker, podman and skopeo reads it.

``docker load`` of 20.10 wants layers unpacked and goes by ``manifest.json`` alone; the names
``blobs/sha256/<hex>`` are those of docker 25 and later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from sealyard.client.images import docker_image, docker_listing
from sealyard.client.images.blob_folder import BLOBS
from sealyard.client.images.compression import GZIP_MAGIC, gunzipped
from sealyard.client.images.errors import MalformedImageError, UnsupportedContentError
from sealyard.client.images.limits import CONFIG_BYTES
from sealyard.oci import manifest
from sealyard.oci.digest import Digest, verified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.blob_folder import BlobFolder
    from sealyard.client.images.tar_writer import TarWriter
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


@dataclass(slots=True)
class _Image:
    config: bytes
    diff_ids: tuple[Digest, ...]
    layers: tuple[Descriptor, ...]
    tags: list[str] = field(default_factory=list)


class DockerArchiveForm:
    """Single images, with their names; ``name`` goes before the one an image is finished with."""

    def __init__(self, place: str, name: ImageReference | None = None) -> None:
        self._place = place
        self._name = name
        self._images: dict[Digest, _Image] = {}

    def add(self, blobs: BlobFolder, top: Descriptor, reference: ImageReference | None) -> None:
        """Take one more image, or one more name of an image.

        Raise ``UnsupportedContentError`` for what is no single image.
        """
        image = self._images.setdefault(top.digest, self._read(blobs, top))
        name = self._name or reference
        if name is not None and name.tag is not None:
            tag = f"{name.gun}:{name.tag}"
            for other in self._images.values():
                other.tags = [one for one in other.tags if one != tag]
            image.tags.append(tag)

    def write(self, blobs: BlobFolder, archive: TarWriter) -> None:
        """Write configs, unpacked layers and ``manifest.json``; raise ``DigestMismatchError``."""
        written: set[Digest] = set()
        for image in self._images.values():
            for diff_id, layer in zip(image.diff_ids, image.layers, strict=True):
                if diff_id not in written:
                    written.add(diff_id)
                    unpacked = self._unpacked(blobs, layer)
                    archive.add(_entry_name(diff_id), verified(unpacked, diff_id))
            digest = Digest.of(image.config)
            if digest not in written:
                written.add(digest)
                archive.add(_entry_name(digest), [image.config])
        listing = [_listed(image) for image in self._images.values()]
        archive.add(docker_listing.LISTING, [msgspec.json.encode(listing)])

    def _read(self, blobs: BlobFolder, top: Descriptor) -> _Image:
        found = manifest.parse(blobs.manifest(top), top.media_type)
        if found.children or found.config is None:
            reason = "docker's archive holds single images; choose one with --platform"
            raise UnsupportedContentError(self._place, reason)
        if found.config.size > CONFIG_BYTES:
            reason = f"the config of the image has more than {CONFIG_BYTES} bytes"
            raise MalformedImageError(self._place, reason)
        config = b"".join(blobs.read(found.config))
        diff_ids = docker_image.diff_ids(self._place, config)
        if len(diff_ids) != len(found.layers):
            reason = (
                f"the config of the image names {len(diff_ids)} layers and its manifest "
                f"{len(found.layers)}"
            )
            raise MalformedImageError(self._place, reason)
        for layer in found.layers:
            if "zstd" in layer.media_type or layer.is_elsewhere:
                reason = f"docker's archive has no layers of {layer.media_type}; use oci-archive:"
                raise UnsupportedContentError(self._place, reason)
        return _Image(config, diff_ids, found.layers)

    def _unpacked(self, blobs: BlobFolder, layer: Descriptor) -> Iterator[bytes]:
        # By the bytes, as docker does: the media type is what some tool believed.
        is_packed = next(blobs.read(layer), b"").startswith(GZIP_MAGIC)
        pieces = blobs.read(layer)
        return gunzipped(pieces, self._place) if is_packed else pieces


def _entry_name(digest: Digest) -> str:
    return f"{BLOBS}/{digest.algorithm}/{digest.hex}"


def _listed(image: _Image) -> dict[str, object]:
    return {
        "Config": _entry_name(Digest.of(image.config)),
        "RepoTags": image.tags,
        "Layers": [_entry_name(diff_id) for diff_id in image.diff_ids],
    }
