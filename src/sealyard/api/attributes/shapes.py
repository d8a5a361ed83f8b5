"""Attributes as Azure's registry shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sealyard.db.locks import Lock

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.db.attributes import RepositoryAttributes
    from sealyard.oci.platforms import IndexedManifest
    from sealyard.services.registry.attributes import ShownManifest, ShownTag
    from sealyard.services.trust.roots import PresentRoot
    from sealyard.trust.root_keys import RootKey

Shape = dict[str, Any]

_LOCKS: Final = (Lock.DELETE, Lock.WRITE, Lock.READ, Lock.LIST)


def changeable(locks: Lock) -> Shape:
    """Show locks the way round that Azure shows them: what is still enabled."""
    return {lock.attribute: lock not in locks for lock in _LOCKS}


def repository(login_server: str, found: RepositoryAttributes) -> Shape:
    """Show a repository."""
    return {
        "registry": login_server,
        "imageName": found.name,
        "createdTime": _moment(found.created_at),
        "lastUpdateTime": _moment(found.updated_at),
        "manifestCount": found.manifest_count,
        "tagCount": found.tag_count,
        "changeableAttributes": changeable(found.locks),
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
        "changeableAttributes": changeable(found.locks),
    }


def manifest(shown: ShownManifest) -> Shape:
    """Show a manifest; ``references`` are those of an index, and there for an index only."""
    found, platform = shown.attributes, shown.platform
    references = [_reference(one) for one in shown.indexed]
    return {
        "digest": found.digest,
        "imageSize": found.image_size,
        "createdTime": _moment(found.created_at),
        "lastUpdateTime": _moment(found.created_at),
        "mediaType": found.media_type,
        "configMediaType": found.config_media_type or None,
        "artifactType": found.artifact_type or None,
        "architecture": platform.architecture or None,
        "os": platform.os or None,
        "tags": found.tags,
        "changeableAttributes": changeable(found.locks),
        **({"references": references} if references else {}),
    }


def _reference(one: IndexedManifest) -> Shape:
    return {
        "digest": one.digest,
        "architecture": one.platform.architecture or None,
        "os": one.platform.os or None,
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
