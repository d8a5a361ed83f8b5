"""Descriptors: what names one piece of content inside a manifest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealyard.oci.digest import Digest
from sealyard.oci.errors import InvalidDigestError, MalformedManifestError
from sealyard.oci.media_types import is_non_distributable

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A media type, a digest and a size in bytes; OCI image specification, "Descriptors"."""

    media_type: str
    digest: Digest
    size: int
    urls: tuple[str, ...] = ()
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def checked(  # noqa: PLR0913 (the fields of the specification)
        cls,
        place: str,
        *,
        media_type: str,
        digest: str,
        size: int,
        urls: tuple[str, ...] = (),
        artifact_type: str = "",
        annotations: Mapping[str, str] | None = None,
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
        return cls(media_type, parsed, size, urls, artifact_type, annotations or {})

    @property
    def is_elsewhere(self) -> bool:
        """Whether the content need not be in the registry: foreign, or to be had at its URLs."""
        return bool(self.urls) or is_non_distributable(self.media_type)
