"""An image of docker's as a source, from its config and its unpacked layers.

A registry takes layers compressed, so they are compressed before anything else is known, and the
manifest is the one that ``docker push`` would have made of them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from sealyard.client.images import docker_image
from sealyard.client.images.content import judged
from sealyard.client.images.docker_archive import DockerArchive
from sealyard.client.images.errors import ContentMissingError
from sealyard.client.images.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sealyard.client.images.layer_memory import LayersInTarget
    from sealyard.client.images.layers import RawLayers
    from sealyard.oci.descriptor import Descriptor


class DockerSource:
    """The image with ``config``; ``raw`` gives its layers, ``place`` is what errors call it."""

    def __init__(
        self,
        place: str,
        config: bytes,
        raw: RawLayers,
        known: LayersInTarget | None = None,
    ) -> None:
        """Raise ``MalformedImageError`` if the config is none; nothing is compressed yet."""
        self._place = place
        self._config = config
        self._diff_ids = docker_image.diff_ids(place, config)
        self._raw = raw
        self._layers = Layers(place, raw, known)
        self._made: tuple[Descriptor, bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        """Drop the compressed layers and what they were made from."""
        self._layers.close()
        self._raw.close()

    def top(self) -> Descriptor:
        """Compress the layers, the first time, and return the manifest's descriptor.

        Raise ``ImageFormError``, ``DigestMismatchError`` if a layer is not what the config says.
        """
        return self._manifest()[0]

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return the manifest; raise ``ContentMissingError`` for any other."""
        top, raw = self._manifest()
        if descriptor.digest != top.digest:
            raise ContentMissingError(self._place, descriptor.digest)
        return raw

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the config or a compressed layer; raise ``ContentMissingError``."""
        if descriptor.digest == docker_image.config_descriptor(self._config).digest:
            return judged((self._config[offset:],), descriptor, offset)
        return self._layers.read(descriptor, offset)

    def _manifest(self) -> tuple[Descriptor, bytes]:
        with self._lock:
            if self._made is None:
                layers = [self._layers.prepare(diff_id) for diff_id in self._diff_ids]
                self._made = docker_image.manifest(self._config, layers)
            return self._made


def docker_archive_source(
    path: Path, name: str | None = None, known: LayersInTarget | None = None
) -> DockerSource:
    """Open the image ``name`` of an archive; raise ``ImageFormError``, ``DigestMismatchError``."""
    archive = DockerArchive.open(path, name)
    return DockerSource(archive.place, archive.config, archive, known)
