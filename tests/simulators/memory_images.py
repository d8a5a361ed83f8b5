"""Images in memory: a source to copy from, a target to copy to, and images to make."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sealyard.client.transfer.progress import Kind, Outcome
    from sealyard.oci.references import ImageReference

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass
class MemoryImage:
    """A source: blobs and manifests by digest, the last one made on top."""

    content: dict[Digest, bytes] = field(default_factory=dict)
    tops: list[Descriptor] = field(default_factory=list)
    opened: list[tuple[Digest, int]] = field(default_factory=list)
    piece: int = 4

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        return None

    def add(self, raw: bytes, media_type: str = LAYER) -> Descriptor:
        """Add a blob."""
        descriptor = Descriptor(media_type, Digest.of(raw), len(raw))
        self.content[descriptor.digest] = raw
        return descriptor

    def add_image(
        self, *layers: bytes, architecture: str = "amd64", os: str = "linux"
    ) -> Descriptor:
        """Add an image of these layers; it is on top now."""
        config = json.dumps({"architecture": architecture, "os": os}).encode()
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": named(self.add(config, CONFIG)),
            "layers": [named(self.add(layer)) for layer in layers],
        }
        return self.add_top(document, media_types.OCI_MANIFEST)

    def add_index(self, *entries: tuple[Descriptor, dict[str, str] | None]) -> Descriptor:
        """Add an index of manifests and their platforms; it is on top now."""
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [
                {**named(one), **({} if platform is None else {"platform": platform})}
                for one, platform in entries
            ],
        }
        return self.add_top(document, media_types.OCI_INDEX)

    def add_top(self, document: dict[str, Any], media_type: str) -> Descriptor:
        """Add any manifest; it is on top now."""
        descriptor = self.add(json.dumps(document).encode(), media_type)
        self.tops.append(descriptor)
        return descriptor

    def top(self) -> Descriptor:
        return self.tops[-1]

    def manifest(self, descriptor: Descriptor) -> bytes:
        return self.content[descriptor.digest]

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        self.opened.append((descriptor.digest, offset))
        raw = self.content[descriptor.digest]
        for start in range(offset, len(raw), self.piece):
            yield raw[start : start + self.piece]


@dataclass
class MemoryTarget:
    """A target that notes the order in which it was given things."""

    content: dict[Digest, bytes] = field(default_factory=dict)
    order: list[Digest] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        return None

    def has(self, descriptor: Descriptor) -> bool:
        return descriptor.digest in self.content

    def put_blob(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        self._put(descriptor, b"".join(open_at(0)))

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        self._put(descriptor, raw)

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Make nothing visible: tests look into ``content``."""

    def _put(self, descriptor: Descriptor, raw: bytes) -> None:
        with self.lock:
            self.content[descriptor.digest] = raw
            self.order.append(descriptor.digest)


@dataclass
class Told:
    """A progress that remembers what it was told."""

    outcomes: dict[Digest, Outcome] = field(default_factory=dict)
    counts: dict[Digest, int] = field(default_factory=dict)
    kinds: dict[Digest, Kind] = field(default_factory=dict)

    def started(self, descriptor: Descriptor, what: Kind) -> None:
        self.kinds[descriptor.digest] = what

    def advanced(self, descriptor: Descriptor, count: int) -> None:
        self.counts[descriptor.digest] = self.counts.get(descriptor.digest, 0) + count

    def finished(self, descriptor: Descriptor, outcome: Outcome) -> None:
        self.outcomes[descriptor.digest] = outcome


def named(descriptor: Descriptor) -> dict[str, Any]:
    """Return a descriptor as it stands in a manifest."""
    return {
        "mediaType": descriptor.media_type,
        "digest": str(descriptor.digest),
        "size": descriptor.size,
    }
