"""What a Docker Engine exports of one image, fetched when something of it is first wanted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sealyard.client.images.docker_archive import DockerArchive
from sealyard.client.images.early_layers import EarlyLayers, GrowingFile
from sealyard.client.images.tar_archive import TarArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.early_layers import EarlyLayer
    from sealyard.client.images.engine import Engine
    from sealyard.oci.digest import Digest


class EngineExport:
    """The image with the id ``image``; ``name`` is what errors call it. For several threads."""

    def __init__(self, engine: Engine, image: Digest, name: str) -> None:
        self._engine = engine
        self._image = image
        self._name = name
        self._archive: TarArchive | None = None
        self._early: EarlyLayers | None = None
        self._lock = threading.Lock()

    def archive(self) -> TarArchive:
        """Return the whole export; raise ``EngineError``, ``ImageFormError``."""
        with self._lock:
            if self._archive is None:
                # By its id: the name may come to mean another image while this one is read.
                with self._engine.export(str(self._image)) as pieces:
                    growing = GrowingFile(self._name)
                    self._early = EarlyLayers(growing)
                    self._archive = TarArchive(growing.fill(pieces))
            return self._archive

    def image(self) -> DockerArchive:
        """Return the export as docker's archive; raise also ``DigestMismatchError``."""
        return DockerArchive(self.archive())

    def layer(self, diff_id: Digest) -> Iterator[bytes]:
        """Yield an unpacked layer; raise as ``image``."""
        return self.image().layer(diff_id)

    def compressed(self, diff_id: Digest) -> EarlyLayer | None:
        """Hand over a layer that was compressed on its way; raise as ``archive``."""
        self.archive()
        return None if self._early is None else self._early.take(diff_id)

    def close(self) -> None:
        """Drop what was fetched."""
        if self._early is not None:
            self._early.close()
        if self._archive is not None:
            self._archive.close()
