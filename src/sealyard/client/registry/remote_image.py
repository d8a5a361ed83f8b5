"""An image in a registry as a source and as a target of copying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from sealyard.oci import media_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sealyard.client.registry.repository import RemoteManifest, RemoteRepository
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.digest import Digest
    from sealyard.oci.references import ImageReference


class RemoteSource:
    """The image ``reference`` in ``repository``; by tag it is looked up once."""

    def __init__(self, repository: RemoteRepository, reference: str | Digest) -> None:
        self._repository = repository
        self._reference = reference
        self._top: RemoteManifest | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._top = None

    def top(self) -> Descriptor:
        """Return what the reference stands for; raise ``ManifestMissingError``, ``ClientError``."""
        if self._top is None:
            self._top = self._repository.manifest(self._reference)
        return self._top.descriptor

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest, verified; raise ``ManifestMissingError``, ``ClientError``."""
        if self._top is not None and self._top.digest == descriptor.digest:
            return self._top.raw
        return self._repository.manifest(descriptor.digest).raw

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob; verified at the end if read from the start."""
        return self._repository.blob(descriptor, offset)

    def unjudged_blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob for a target that judges it."""
        return self._repository.unjudged_blob(descriptor, offset)


class RemoteTarget:
    """A repository that takes an image, by digest; whoever copies sets the tag.

    ``mount_from`` are repositories of the same registry that may hold the blobs already.
    """

    def __init__(self, repository: RemoteRepository, mount_from: Sequence[str] = ()) -> None:
        self._repository = repository
        self._mount_from = tuple(name for name in mount_from if name != repository.name)

    def __enter__(self) -> Self:
        self._repository.authorize_push()
        return self

    def __exit__(self, *_details: object) -> None:
        return None

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a manifest or blob is there, by its media type."""
        if descriptor.media_type in media_types.IMAGES:
            return self._repository.describe(descriptor.digest) is not None
        return self._repository.has_blob(descriptor.digest)

    def put_blob(self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]) -> None:
        """Mount a blob where that goes, else upload it."""
        for name in self._mount_from:
            if self._repository.mount(descriptor.digest, name):
                return
        self._repository.upload(descriptor, open_at)

    def put_manifest(self, descriptor: Descriptor, raw: bytes) -> None:
        """Store a manifest under its digest."""
        self._repository.put_manifest(descriptor.digest, raw, descriptor.media_type)

    def finish(self, top: Descriptor, reference: ImageReference | None) -> None:
        """Do nothing: the tag is set by whoever signs, after that."""
