"""A Docker Engine as a target, for images that it cannot pull by itself: they are loaded."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sealyard.client.images.archive_target import ArchiveTarget
from sealyard.client.images.content import open_regular
from sealyard.client.images.docker_form import DockerArchiveForm
from sealyard.client.images.errors import NotOpenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sealyard.client.images.engine import Engine
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.references import ImageReference


class EngineTarget:
    """Loads images into ``engine``, called ``name`` or what they are finished with.

    The Engine is closed with it.
    """

    def __init__(self, engine: Engine, name: ImageReference | None = None) -> None:
        self._engine = engine
        self._form = DockerArchiveForm("the Docker Engine", name)
        self._open = ExitStack()
        self._file: Path | None = None
        self._target: ArchiveTarget | None = None

    def __enter__(self) -> Self:
        self._engine.version()  # nothing is fetched for an Engine that is not there
        folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="sealyard-"))
        self._file = Path(folder) / "image.tar"
        self._target = self._open.enter_context(ArchiveTarget(self._file, self._form))
        return self

    def __exit__(self, *details: object) -> None:
        """Remove what was on its way, and close the Engine."""
        self._target = self._file = None
        self._open.close()
        self._engine.__exit__(*details)

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob or manifest has been put here before."""
        return self._entered()[0].has(descriptor)

    def put_blob(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Keep a blob; raise ``ImageFormError``, ``DigestMismatchError``."""
        self._entered()[0].put_blob(descriptor, open_at)

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        """Keep a manifest; raise as ``put_blob``."""
        self._entered()[0].put_manifest(descriptor, raw)

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Load the image; raise ``ImageFormError``, ``EngineError``."""
        target, file = self._entered()
        target.finish(top, reference)
        with open_regular(file) as archive:
            self._engine.load(archive)

    def _entered(self) -> tuple[ArchiveTarget, Path]:
        if self._target is None or self._file is None:
            place = "the Docker Engine"
            raise NotOpenError(place)
        return self._target, self._file
