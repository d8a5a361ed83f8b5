"""An image of the Docker Engine as a source: exported, compressed, and made what a push makes it.

An Engine with docker's own store gives unpacked layers and a config, whose digest is the image's
id. One with containerd's store gives the very manifests and blobs that it pulled or built, and the
id is the digest of a manifest or index: these are passed on as they are.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Self

from sealyard.client.images.docker_source import DockerSource
from sealyard.client.images.engine_export import EngineExport
from sealyard.client.images.errors import (
    ContentMissingError,
    EngineAnswerError,
    ImageNotInFormError,
)
from sealyard.client.images.layout_index import INDEX
from sealyard.client.images.oci_archive import OciArchiveSource
from sealyard.client.transfer.platform import entries
from sealyard.oci import media_types
from sealyard.oci.digest import Digest
from sealyard.oci.errors import InvalidDigestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.base import ImageSource
    from sealyard.client.images.engine import Engine
    from sealyard.client.images.layer_memory import LayersInTarget
    from sealyard.oci.descriptor import Descriptor


_PLACE: Final = "the Docker Engine"


class EngineSource:
    """The image that ``engine`` calls ``name``; the Engine is closed with it."""

    def __init__(self, engine: Engine, name: str, known: LayersInTarget | None = None) -> None:
        """Find the image; raise ``EngineImageMissingError``, ``EngineError``."""
        try:
            self._id = _digest(engine.inspect(name).id)
        except BaseException:
            engine.__exit__()
            raise
        self._engine = engine
        self._name = name
        self._known = known
        self._export = EngineExport(engine, self._id, name)
        self._source: ImageSource | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        """Drop everything that was kept aside, and close the Engine."""
        self._engine.__exit__(*details)
        if self._source is not None:
            self._source.__exit__(*details)
        self._export.close()

    def top(self) -> Descriptor:
        """Export the image, unless all of it is remembered, and return its manifest's descriptor.

        Raise ``EngineError``, ``ImageFormError``, ``DigestMismatchError``.
        """
        return self._opened().top()

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest of the image; raise as ``top``."""
        return self._opened().manifest(descriptor)

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield the config or a layer; raise as ``top``."""
        return self._opened().blob(descriptor, offset)

    def _opened(self) -> ImageSource:
        with self._lock:
            if self._source is None:
                self._source = self._remembered() or self._exported_source()
            return self._source

    def _remembered(self) -> ImageSource | None:
        """Return a source that exports only if, against the odds, a layer is wanted after all."""
        config = None if self._known is None else self._known.memory.config(self._id)
        return None if config is None else self._of_docker(config)

    def _exported_source(self) -> ImageSource:
        exported = self._export.archive()
        if exported.find(INDEX) is not None:
            try:
                return _present(OciArchiveSource(exported, str(self._id)))
            except ImageNotInFormError:
                pass  # docker's own store, from 25 on: its index does not name what a push makes
        config = self._export.image().config
        if Digest.of(config) != self._id:
            reason = f"it exports another image than {self._id}"
            raise EngineAnswerError(reason)
        if self._known is not None:
            self._known.memory.learn_config(config)
        return self._of_docker(config)

    def _of_docker(self, config: bytes) -> ImageSource:
        return DockerSource(self._name, config, self._export, self._known)


def _present(source: OciArchiveSource) -> OciArchiveSource:
    """Return what is there of an image: containerd need not have all platforms of an index.

    Of several platforms it is left to whoever copies to choose. Raise ``ContentMissingError``.
    """
    top = source.top()
    if top.media_type not in media_types.INDEXES or source.is_whole(top):
        return source
    images = [one.descriptor for one in entries(source.manifest(top)) if one.platform is not None]
    there = [one for one in images if source.is_whole(one)]
    if not there:
        raise ContentMissingError(_PLACE, top.digest)
    return source.below(there[0]) if len(there) == 1 else source


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except InvalidDigestError as error:
        reason = f"{text[:80]!r} is no id of an image"
        raise EngineAnswerError(reason) from error
