"""What an image is to docker: a config that names its layers, and the manifest of a push."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.client.images.errors import MalformedImageError
from sealyard.client.images.limits import LAYERS
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import InvalidDigestError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG: Final = "application/vnd.docker.container.image.v1+json"
LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class _RootFs(msgspec.Struct):
    type: str = "layers"
    diff_ids: list[str] | None = None


class _Config(msgspec.Struct):
    rootfs: _RootFs


_decoder = msgspec.json.Decoder(_Config)


def diff_ids(place: str, config: bytes) -> tuple[Digest, ...]:
    """Return the digests of an image's unpacked layers, lowest first.

    OCI image configuration, "rootfs"; docker's is the same. Raise ``MalformedImageError``.
    """
    try:
        rootfs = _decoder.decode(config).rootfs
        found = tuple(Digest.parse(text) for text in rootfs.diff_ids or ())
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidDigestError) as error:
        reason = f"the config of its image is not what it has to be ({error})"
        raise MalformedImageError(place, reason) from error
    if len(found) > LAYERS:
        reason = f"its image has more than {LAYERS} layers"
        raise MalformedImageError(place, reason)
    return found


def manifest(config: bytes, layers: Sequence[Descriptor]) -> tuple[Descriptor, bytes]:
    """Return the manifest of schema 2 as ``docker push`` writes it, and its descriptor.

    docker's spelling is kept to the last blank: the same layers are the same image then.
    """
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST,
        "config": _spelt(config_descriptor(config)),
        "layers": [_spelt(layer) for layer in layers],
    }
    raw = json.dumps(document, indent=3).encode()
    return Descriptor(media_types.DOCKER_MANIFEST, Digest.of(raw), len(raw)), raw


def config_descriptor(config: bytes) -> Descriptor:
    """Return what names an image's config."""
    return Descriptor(CONFIG, Digest.of(config), len(config))


def _spelt(descriptor: Descriptor) -> dict[str, Any]:
    return {
        "mediaType": descriptor.media_type,
        "size": descriptor.size,
        "digest": str(descriptor.digest),
    }
