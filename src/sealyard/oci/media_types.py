"""The media types that mean something to a registry, and what they mean."""

from __future__ import annotations

import re
from typing import Final

from sealyard.oci.errors import MalformedManifestError

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
OCI_ARTIFACT: Final = "application/vnd.oci.artifact.manifest.v1+json"  # drafts of image spec 1.1
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"

# What has blobs, or other manifests, below it.
IMAGES: Final = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
INDEXES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
# What says for which platform an image is; other configurations are an artifact's own affair.
IMAGE_CONFIGS: Final = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)

OBSOLETE: Final = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)
_NON_DISTRIBUTABLE: Final = (
    "application/vnd.oci.image.layer.nondistributable.",
    "application/vnd.docker.image.rootfs.foreign.",
)
# RFC 6838, section 4.2.
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_GRAMMAR = re.compile(rf"{_NAME}/{_NAME}")
_APPLICATION: Final = "application/"


def is_media_type(text: str) -> bool:
    """Tell whether ``text`` is ``type/subtype`` by the grammar, without parameters."""
    return _GRAMMAR.fullmatch(text) is not None


def is_non_distributable(media_type: str) -> bool:
    """Tell whether layers of this type may stay where their ``urls`` point."""
    return media_type.startswith(_NON_DISTRIBUTABLE)


def of_manifest(content_type: str) -> str:
    """Read the ``Content-Type`` of a manifest, parameters ignored; empty if none was sent.

    Only ``application/…`` is kept: the type is served back as it came, and no browser may be
    brought to show a manifest as a page. Raise ``MalformedManifestError``.
    """
    media_type = content_type.partition(";")[0].strip()
    if not media_type:
        return ""
    if not is_media_type(media_type) or not media_type.startswith(_APPLICATION):
        reason = f"{media_type[:80]!r} is not the media type of a manifest"
        raise MalformedManifestError(reason)
    return media_type
