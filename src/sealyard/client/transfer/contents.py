"""What an image consists of: its manifests, children before parents, and its blobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sealyard.client.transfer.errors import UnmanageableImageError
from sealyard.client.transfer.progress import Kind
from sealyard.oci import manifest as manifests
from sealyard.oci.digest import Digest, verify

if TYPE_CHECKING:
    from sealyard.client.images.base import ImageSource
    from sealyard.oci.descriptor import Descriptor

MAX_DEPTH: Final = 4
_MAX_MANIFESTS: Final = 2_000
_MAX_BYTES: Final = 64 * 1024 * 1024  # of all manifests together: they are kept until they are put


@dataclass(slots=True)
class Contents:
    """The manifests in the order in which a registry takes them, and the blobs, each once."""

    manifests: dict[Digest, tuple[Descriptor, bytes]] = field(default_factory=dict)
    blobs: dict[Digest, tuple[Descriptor, Kind]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: ImageSource, top: Descriptor) -> Contents:
        """Read all manifests below ``top``, verified.

        Raise ``UnmanageableImageError``, ``MalformedManifestError``, ``DigestMismatchError`` and
        what the source raises.
        """
        contents = cls()
        contents._add(source, top, 0)
        return contents

    def _add(self, source: ImageSource, descriptor: Descriptor, depth: int) -> None:
        if descriptor.digest in self.manifests:
            return
        if depth > MAX_DEPTH:
            reason = f"its indexes are nested more than {MAX_DEPTH} deep"
            raise UnmanageableImageError(reason)
        raw = source.manifest(descriptor)
        verify(Digest.of(raw, descriptor.digest.algorithm), descriptor.digest)
        parsed = manifests.parse(raw, descriptor.media_type)
        for child in parsed.children:
            if not child.is_elsewhere:
                self._add(source, child, depth + 1)
        for blob, kind in (
            *([(parsed.config, Kind.CONFIG)] if parsed.config is not None else []),
            *((layer, Kind.LAYER) for layer in parsed.layers),
        ):
            if not blob.is_elsewhere:
                self.blobs.setdefault(blob.digest, (blob, kind))
        self.manifests[descriptor.digest] = (descriptor, raw)
        self._bound()

    def _bound(self) -> None:
        size = sum(len(raw) for _, raw in self.manifests.values())
        if len(self.manifests) > _MAX_MANIFESTS or size > _MAX_BYTES:
            reason = f"it has more than {_MAX_MANIFESTS} manifests, or {_MAX_BYTES} bytes of them"
            raise UnmanageableImageError(reason)
