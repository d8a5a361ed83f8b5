"""Manifests: the bytes as they came, and what they name.

The parser is strict about what the registry relies on (digests, sizes, media types, the fields
that make an image an image) and blind to everything else: unknown fields and unknown artifact
types are kept as they came, because hashes and signatures are over those bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.errors import MalformedManifestError, ObsoleteManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sealyard.oci.digest import Digest

_MAX_DESCRIPTORS: Final = 20_000
_MAX_ANNOTATIONS: Final = 4_096
_SCHEMA_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """One parsed manifest. ``content`` is exactly what was sent.

    ``blobs`` and ``manifests`` have to be in the repository; ``subject`` may be missing there.
    ``artifact_type`` is the manifest's own, ``config_media_type`` empty where there is no config.
    ``config``, ``layers`` (an artifact's blobs too) and ``children`` (of an index) are all that it
    names, in its order; a layer of an old tool has no media type.
    """

    content: bytes
    media_type: str
    blobs: tuple[Digest, ...] = ()
    manifests: tuple[Digest, ...] = ()
    subject: Digest | None = None
    artifact_type: str = ""
    config_media_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()

    @property
    def referrer_type(self) -> str:
        """The ``artifactType`` under which a list of referrers shows it.

        OCI Distribution 1.1, "Listing Referrers": an image without one shows its config's media
        type, an index without one shows none.
        """
        return self.artifact_type or self.config_media_type


class _Descriptor(msgspec.Struct, rename="camel"):
    media_type: str
    digest: str
    size: int
    urls: list[str] | None = None


class _Blob(msgspec.Struct, rename="camel"):
    digest: str
    size: int = 0
    # Old tools leave it out of layers; a config without one is caught below.
    media_type: str = ""
    urls: list[str] | None = None


class _Document(msgspec.Struct, rename="camel"):
    """What is looked at in any kind of manifest; each kind says which fields it must have."""

    schema_version: int | None = None
    media_type: str | None = None
    artifact_type: str | None = None
    config: _Descriptor | None = None
    layers: list[_Blob] | None = None
    blobs: list[_Blob] | None = None
    manifests: list[_Descriptor] | None = None
    fs_layers: msgspec.Raw | msgspec.UnsetType = msgspec.field(
        name="fsLayers", default=msgspec.UNSET
    )
    subject: _Descriptor | None = None
    annotations: dict[str, str] | None = None


_decoder = msgspec.json.Decoder(_Document)
_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse(content: bytes, content_type: str) -> Manifest:
    """Read a manifest that was sent as ``content_type`` (empty if the sender said none).

    Raise ``MalformedManifestError`` or ``ObsoleteManifestError``.
    """
    declared = media_types.of_manifest(content_type)
    if declared in media_types.OBSOLETE:
        raise ObsoleteManifestError
    if declared and declared not in _READERS:
        return _unknown(content, declared)
    document = _decoded(_decoder, content)
    media_type = _media_type(document, declared)
    return _READERS[media_type](content, media_type, document)


def _decoded(decoder: msgspec.json.Decoder[Any], content: bytes) -> Any:  # noqa: ANN401 (of the decoder)
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = f"it is not the JSON of a manifest ({error})"
        raise MalformedManifestError(reason) from error


def _unknown(content: bytes, media_type: str) -> Manifest:
    # An artifact type of the future: a JSON object whose meaning is not ours to judge.
    fields = _decoded(_object_decoder, content)
    said = fields.get("mediaType")
    if said is not None and bytes(said) != msgspec.json.encode(media_type):
        reason = f"it was sent as {media_type} but says another mediaType"
        raise MalformedManifestError(reason)
    return Manifest(content, media_type)


def _media_type(document: _Document, declared: str) -> str:
    said = document.media_type or ""
    if declared and said and said != declared:
        reason = f"it was sent as {declared} but says mediaType {said[:80]!r}"
        raise MalformedManifestError(reason)
    if document.schema_version == 1 or document.fs_layers is not msgspec.UNSET:
        raise ObsoleteManifestError
    media_type = declared or said or _guessed(document)
    if media_type in media_types.OBSOLETE:
        raise ObsoleteManifestError
    if media_type not in _READERS:
        reason = f"it was sent without a Content-Type, and its mediaType {said[:80]!r} is unknown"
        raise MalformedManifestError(reason)
    return media_type


def _guessed(document: _Document) -> str:
    return media_types.OCI_MANIFEST if document.manifests is None else media_types.OCI_INDEX


def _image(content: bytes, media_type: str, document: _Document) -> Manifest:
    # A document that can be read as an image and as an index is refused: two clients would see
    # two different things under one digest (CVE-2021-41190).
    if document.manifests is not None:
        reason = "an image manifest has no field manifests"
        raise MalformedManifestError(reason)
    _require_schema_version(document)
    if document.config is None:
        reason = "an image manifest needs the field config"
        raise MalformedManifestError(reason)
    config = _descriptor("config", document.config)
    layers = _blobs("layers", document.layers or [])  # Go's tools write null for an empty list
    return Manifest(
        content,
        media_type,
        blobs=_distinct([config, *layers]),
        subject=_subject(document),
        artifact_type=_artifact_type(document),
        config_media_type=document.config.media_type,
        annotations=_annotations(document),
        config=config,
        layers=tuple(layers),
    )


def _index(content: bytes, media_type: str, document: _Document) -> Manifest:
    if document.config is not None or document.layers is not None:
        reason = "an index has no fields config and layers"
        raise MalformedManifestError(reason)
    _require_schema_version(document)
    if document.manifests is None:
        reason = "an index needs the field manifests"
        raise MalformedManifestError(reason)
    _bound("manifests", document.manifests)
    children = [
        _descriptor(f"manifests[{position}]", child)
        for position, child in enumerate(document.manifests)
    ]
    return Manifest(
        content,
        media_type,
        manifests=_distinct(children),
        subject=_subject(document),
        artifact_type=_artifact_type(document),
        annotations=_annotations(document),
        children=tuple(children),
    )


def _artifact(content: bytes, media_type: str, document: _Document) -> Manifest:
    blobs = _blobs("blobs", document.blobs or [])
    return Manifest(
        content,
        media_type,
        blobs=_distinct(blobs),
        subject=_subject(document),
        artifact_type=_artifact_type(document),
        annotations=_annotations(document),
        layers=tuple(blobs),
    )


_READERS: Final = {
    media_types.OCI_MANIFEST: _image,
    media_types.DOCKER_MANIFEST: _image,
    media_types.OCI_INDEX: _index,
    media_types.DOCKER_LIST: _index,
    media_types.OCI_ARTIFACT: _artifact,
}


def _require_schema_version(document: _Document) -> None:
    if document.schema_version != _SCHEMA_VERSION:
        reason = f"schemaVersion is {document.schema_version}, not {_SCHEMA_VERSION}"
        raise MalformedManifestError(reason)


def _bound(place: str, found: Sequence[object]) -> None:
    if len(found) > _MAX_DESCRIPTORS:
        reason = f"{place} has more than {_MAX_DESCRIPTORS} entries"
        raise MalformedManifestError(reason)


def _descriptor(place: str, found: _Descriptor | _Blob) -> Descriptor:
    return Descriptor.checked(
        place,
        media_type=found.media_type,
        digest=found.digest,
        size=found.size,
        urls=tuple(found.urls or ()),
    )


def _blobs(place: str, found: Sequence[_Blob]) -> list[Descriptor]:
    _bound(place, found)
    return [_descriptor(f"{place}[{position}]", blob) for position, blob in enumerate(found)]


def _distinct(descriptors: Sequence[Descriptor]) -> tuple[Digest, ...]:
    return tuple(dict.fromkeys(one.digest for one in descriptors if not one.is_elsewhere))


def _subject(document: _Document) -> Digest | None:
    return None if document.subject is None else _descriptor("subject", document.subject).digest


def _artifact_type(document: _Document) -> str:
    found = document.artifact_type or ""
    if found and not media_types.is_media_type(found):
        reason = f"artifactType {found[:80]!r} is not a media type"
        raise MalformedManifestError(reason)
    return found


def _annotations(document: _Document) -> dict[str, str]:
    found = document.annotations or {}
    if len(found) > _MAX_ANNOTATIONS:
        reason = f"it has more than {_MAX_ANNOTATIONS} annotations"
        raise MalformedManifestError(reason)
    return found
