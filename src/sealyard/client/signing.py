"""Signing what a registry holds already: no image is needed on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.client.registry.errors import ManifestMissingError
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from sealyard.client.registry.repository import RemoteRepository
    from sealyard.client.trust.publisher import Publisher, Signing
    from sealyard.oci.references import ImageReference


def sign_in_registry(
    repository: RemoteRepository, publisher: Publisher, reference: ImageReference
) -> Signing:
    """Sign the tag of ``reference`` as the manifest or index that the registry has under it.

    The manifest is fetched and its digest computed here: what is signed is what was seen, and not
    what a server says of it. Raise ``ManifestMissingError``, or what ``Publisher.sign`` raises.
    """
    tag = reference.tag or "latest"
    publisher.prepare([tag])
    found = repository.describe(tag)
    if found is None:
        raise ManifestMissingError(reference.gun, tag)
    seen = repository.manifest(found.digest)
    return publisher.sign(tag, Digest.of(seen.raw), len(seen.raw))
