"""The two small files of an OCI image layout: ``oci-layout`` and ``index.json``.

OCI image specification 1.1, "OCI Image Layout". ``index.json`` names images by the annotation
``org.opencontainers.image.ref.name``; containerd and docker put the full name beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.client.images.errors import (
    AmbiguousImageError,
    ImageNotInFormError,
    MalformedImageError,
)
from sealyard.client.images.limits import INDEX_ENTRIES
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import MalformedManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealyard.oci.references import ImageReference

MARKER: Final = "oci-layout"
INDEX: Final = "index.json"
MARKER_CONTENT: Final = b'{"imageLayoutVersion":"1.0.0"}'
REF_NAME: Final = "org.opencontainers.image.ref.name"
CONTAINERD_NAME: Final = "io.containerd.image.name"

_VERSION: Final = "1.0.0"
# OCI image specification, "Pre-Defined Annotation Keys": the grammar of a ref name.
_PART = r"[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*"
_REF_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_MAX_REF_NAME: Final = 512


class _Marker(msgspec.Struct, rename="camel"):
    image_layout_version: str


class _Entry(msgspec.Struct, rename="camel"):
    digest: str
    size: int
    media_type: str = media_types.OCI_MANIFEST  # what very old tools left out
    annotations: dict[str, str] | None = None


class _Index(msgspec.Struct, rename="camel"):
    schema_version: int
    manifests: list[_Entry] | None = None


_marker_decoder = msgspec.json.Decoder(_Marker)
_index_decoder = msgspec.json.Decoder(_Index)


@dataclass(frozen=True, slots=True)
class Named:
    """One image of a layout: ``ref_name`` and ``full_name`` are empty where it has none."""

    descriptor: Descriptor
    ref_name: str
    full_name: str

    @property
    def name(self) -> str:
        """What a person calls it by."""
        return self.full_name or self.ref_name or str(self.descriptor.digest)


def is_ref_name(text: str) -> bool:
    """Tell whether an image in a layout may be called that."""
    return len(text) <= _MAX_REF_NAME and _REF_NAME.fullmatch(text) is not None


def check_marker(place: str, raw: bytes) -> None:
    """Pass if ``raw`` is the ``oci-layout`` of a version known here; raise otherwise."""
    marker: _Marker = _decoded(place, MARKER, raw, _marker_decoder)
    if marker.image_layout_version != _VERSION:
        reason = f"its layout has version {marker.image_layout_version[:20]!r}, not {_VERSION}"
        raise MalformedImageError(place, reason)


def images(place: str, raw: bytes) -> list[Named]:
    """Read ``index.json``; raise ``MalformedImageError``."""
    index: _Index = _decoded(place, INDEX, raw, _index_decoder)
    entries = index.manifests or []
    if index.schema_version != 2:  # noqa: PLR2004 (the version that the specification fixes)
        reason = f"the schemaVersion of its {INDEX} is {index.schema_version}, not 2"
        raise MalformedImageError(place, reason)
    if len(entries) > INDEX_ENTRIES:
        reason = f"its {INDEX} names more than {INDEX_ENTRIES} images"
        raise MalformedImageError(place, reason)
    return [_named(place, position, entry) for position, entry in enumerate(entries)]


def choose(place: str, raw: bytes, name: str | None) -> Descriptor:
    """Return what ``name`` (a ref name, a full name or a digest) stands for in ``index.json``.

    Without a name it is the only image there is. Several images of which none has a name are one
    image for several platforms, as some builders write it: ``index.json`` itself is its index.
    Raise ``ImageNotInFormError``, ``AmbiguousImageError`` or ``MalformedImageError``.
    """
    found = images(place, raw)
    if name is not None:
        meant = _of_name(found, name)
    elif len(found) > 1 and not any(one.ref_name or one.full_name for one in found):
        return Descriptor(media_types.OCI_INDEX, Digest.of(raw), len(raw))
    else:
        meant = found
    distinct = {one.descriptor.digest: one.descriptor for one in meant}
    if not distinct:
        raise ImageNotInFormError(place, name or "", [one.name for one in found])
    if len(distinct) > 1:
        raise AmbiguousImageError(place, [one.name for one in meant])
    return next(iter(distinct.values()))


def with_image(place: str, raw: bytes | None, top: Descriptor, names: Sequence[str]) -> bytes:
    """Return ``index.json`` with ``top`` in it, called by ``names``: a ref name and a full name.

    Who had that ref name before loses its place; everything else stays as it was. Raise
    ``MalformedImageError``.
    """
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX}
    kept: list[dict[str, Any]] = []
    if raw is not None:
        images(place, raw)  # refuses what cannot be kept
        document = msgspec.json.decode(raw)
        kept = document.get("manifests") or []
    ref_name = names[0] if names else ""
    entry: dict[str, Any] = {
        "mediaType": top.media_type,
        "digest": str(top.digest),
        "size": top.size,
    }
    if names:
        entry["annotations"] = dict(zip((REF_NAME, CONTAINERD_NAME), names, strict=False))
    kept = [one for one in kept if not _is_replaced(one, ref_name, str(top.digest))]
    document["manifests"] = [*kept, entry]
    return msgspec.json.encode(document)


def names(given: str | None, reference: ImageReference | None) -> tuple[str, ...]:
    """Return the ref name and, where it is known, the full name of an image to be written.

    ``given`` is what the user called it, which goes before the tag of ``reference``.
    """
    ref_name = given or (reference.tag if reference is not None else None)
    if ref_name is None:
        return ()
    if reference is None or reference.tag is None:
        return (ref_name,)
    return ref_name, f"{reference.gun}:{reference.tag}"


def _is_replaced(entry: dict[str, Any], ref_name: str, digest: str) -> bool:
    old_name = (entry.get("annotations") or {}).get(REF_NAME, "")
    # An image is named once; one without a name gets its name by being written with one.
    return old_name == ref_name if old_name else entry.get("digest") == digest


def _of_name(found: Sequence[Named], name: str) -> list[Named]:
    for meant in (
        [one for one in found if str(one.descriptor.digest) == name],
        [one for one in found if one.full_name == name],
    ):
        if meant:
            return meant
    return [one for one in found if one.ref_name == name]


def _named(place: str, position: int, entry: _Entry) -> Named:
    where = f"{INDEX} manifests[{position}]"
    try:
        descriptor = Descriptor.checked(
            where, media_type=entry.media_type, digest=entry.digest, size=entry.size
        )
    except MalformedManifestError as error:
        raise MalformedImageError(place, error.reason) from error
    notes = entry.annotations or {}
    return Named(descriptor, notes.get(REF_NAME, ""), notes.get(CONTAINERD_NAME, ""))


def _decoded(place: str, file: str, raw: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:  # noqa: ANN401 (of the decoder)
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = f"its {file} is not what it has to be ({error})"
        raise MalformedImageError(place, reason) from error
