"""Descriptors: what names one piece of content inside a manifest."""

from __future__ import annotations

from dataclasses import dataclass

from sealyard.oci.digest import Digest
from sealyard.oci.errors import InvalidDigestError, MalformedManifestError
from sealyard.oci.media_types import is_non_distributable

_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A media type, a digest and a size in bytes; OCI image specification, "Descriptors"."""

    media_type: str
    digest: Digest
    size: int
    urls: tuple[str, ...] = ()

    @classmethod
    def checked(
        cls,
        place: str,
        *,
        media_type: str,
        digest: str,
        size: int,
        urls: tuple[str, ...] = (),
    ) -> Descriptor:
        """Make one of what stands at ``place`` in a manifest; raise ``MalformedManifestError``."""
        try:
            parsed = Digest.parse(digest)
        except InvalidDigestError as error:
            reason = f"{place}.digest: {error}"
            raise MalformedManifestError(reason) from error
        if not 0 <= size <= _MAX_SIZE:
            reason = f"{place}.size is {size}"
            raise MalformedManifestError(reason)
        return cls(media_type, parsed, size, urls)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the content need not be in the registry: foreign, or to be had at its URLs."""
        return bool(self.urls) or is_non_distributable(self.media_type)
