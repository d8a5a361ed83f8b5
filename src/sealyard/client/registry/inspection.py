"""What a registry holds under a name, as plain values to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.client.errors import UnexpectedAnswerError
from sealyard.client.transfer import platform as platforms
from sealyard.oci import manifest as manifests
from sealyard.oci import media_types
from sealyard.oci.errors import SizeMismatchError

if TYPE_CHECKING:
    from sealyard.client.registry.repository import RemoteManifest, RemoteRepository
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.digest import Digest

_MAX_CONFIG: Final = 8 * 1024 * 1024


def inspect(repository: RemoteRepository, reference: str | Digest) -> dict[str, Any]:
    """Return an image's manifest, its configuration or the platforms of an index, verified.

    Keys: ``digest``, ``mediaType``, ``size`` (bytes of the manifest), ``manifest`` and either
    ``config`` or ``platforms`` (of ``platform``, ``digest``, ``size``, ``mediaType``). Raise
    ``ManifestMissingError``, ``InvalidManifestError``, ``ClientError``.
    """
    found = repository.manifest(reference)
    shown: dict[str, Any] = {
        "digest": str(found.digest),
        "mediaType": found.media_type,
        "size": len(found.raw),
        "manifest": _decoded(repository, found.raw),
    }
    if found.media_type in media_types.INDEXES:
        return {**shown, "platforms": _platforms(found)}
    config = manifests.parse(found.raw, found.media_type).config
    if config is None or not config.media_type.endswith("json"):
        return shown
    return {**shown, "config": _decoded(repository, _content(repository, config))}


def _platforms(found: RemoteManifest) -> list[dict[str, Any]]:
    return [
        {
            "platform": None if entry.platform is None else str(entry.platform),
            "digest": str(entry.descriptor.digest),
            "size": entry.descriptor.size,
            "mediaType": entry.descriptor.media_type,
        }
        for entry in platforms.entries(found.raw)
    ]


def _content(repository: RemoteRepository, descriptor: Descriptor) -> bytes:
    if descriptor.size > _MAX_CONFIG:
        raise SizeMismatchError(descriptor.digest, _MAX_CONFIG, descriptor.size)
    return b"".join(repository.blob(descriptor))


def _decoded(repository: RemoteRepository, raw: bytes) -> Any:  # noqa: ANN401 (plain JSON)
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "what it holds is not JSON"
        raise UnexpectedAnswerError(repository.origin.server, reason) from error
