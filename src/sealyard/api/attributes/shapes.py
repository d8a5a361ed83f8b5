"""Attributes as Azure's registry shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.db.attributes import ManifestAttributes, RepositoryAttributes
    from sealyard.services.registry.attributes import ShownTag
    from sealyard.services.trust.roots import PresentRoot
    from sealyard.trust.root_keys import RootKey

Shape = dict[str, Any]

# Nothing is locked here yet: everything that roles allow can be done.
_CHANGEABLE: Final = {
    "deleteEnabled": True,
    "writeEnabled": True,
    "readEnabled": True,
    "listEnabled": True,
}


def repository(login_server: str, found: RepositoryAttributes) -> Shape:
    """Show a repository."""
    return {
        "registry": login_server,
        "imageName": found.name,
        "createdTime": _moment(found.created_at),
        "lastUpdateTime": _moment(found.updated_at),
        "manifestCount": found.manifest_count,
        "tagCount": found.tag_count,
        "changeableAttributes": _CHANGEABLE,
    }


def tag(shown: ShownTag) -> Shape:
    """Show a tag."""
    found = shown.attributes
    return {
        "name": found.name,
        "digest": found.digest,
        "createdTime": _moment(found.created_at),
        "lastUpdateTime": _moment(found.updated_at),
        "signed": shown.signed,
        "changeableAttributes": _CHANGEABLE,
    }


def manifest(found: ManifestAttributes) -> Shape:
    """Show a manifest."""
    return {
        "digest": found.digest,
        "imageSize": found.image_size,
        "createdTime": _moment(found.created_at),
        "lastUpdateTime": _moment(found.created_at),
        "mediaType": found.media_type,
        "configMediaType": found.config_media_type or None,
        "artifactType": found.artifact_type or None,
        "tags": found.tags,
        "changeableAttributes": _CHANGEABLE,
    }


def root(found: PresentRoot) -> Shape:
    """Show a root with what its keys can be recognised by."""
    return {
        "gun": found.gun,
        "rootVersion": found.version,
        "rootExpires": _moment(found.expires),
        "rootKeys": [_root_key(key) for key in found.keys],
    }


def _root_key(key: RootKey) -> Shape:
    return {
        "certificateId": key.certificate_id,
        "canonicalId": key.canonical_id,
        "certificateSha256": key.fingerprint or None,
        "certificateExpires": None if key.expires is None else _moment(key.expires),
    }


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
