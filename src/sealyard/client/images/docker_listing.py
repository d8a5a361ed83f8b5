"""``manifest.json`` of docker's archive: which images are in it, and what they are made of.

docker has written it since 1.10. What stood there before, ``repositories`` alone, names nothing by
digest and is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.client.images.errors import (
    AmbiguousImageError,
    ImageNotInFormError,
    MalformedImageError,
)
from sealyard.client.images.limits import INDEX_ENTRIES, LAYERS
from sealyard.oci.digest import Digest
from sealyard.oci.errors import InvalidReferenceError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTING: Final = "manifest.json"

# ``<hex>.json`` up to docker 24, ``blobs/sha256/<hex>`` from 25 on; podman writes the first.
_NAMED_BY_DIGEST = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")
_POSITION = re.compile(r"@([0-9]{1,4})")


class _Entry(msgspec.Struct, rename="pascal"):
    config: str
    layers: list[str] | None = None
    repo_tags: list[str] | None = None


_decoder = msgspec.json.Decoder(list[_Entry])


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One image: the entries of its config and of its layers, lowest first, and its names."""

    config: str
    layers: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        """What a person calls it by."""
        return self.tags[0] if self.tags else self.config[:80]

    @property
    def config_digest(self) -> Digest | None:
        """The digest that the name of the config's entry says, if it says one."""
        match = _NAMED_BY_DIGEST.fullmatch(self.config)
        return None if match is None else Digest("sha256", match[1])


def images(place: str, raw: bytes) -> list[ListedImage]:
    """Read ``manifest.json``; raise ``MalformedImageError``."""
    try:
        entries = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = f"its {LISTING} is not what it has to be ({error})"
        raise MalformedImageError(place, reason) from error
    if len(entries) > INDEX_ENTRIES or any(len(one.layers or ()) > LAYERS for one in entries):
        reason = f"its {LISTING} names more than {INDEX_ENTRIES} images, or {LAYERS} layers of one"
        raise MalformedImageError(place, reason)
    return [
        ListedImage(one.config, tuple(one.layers or ()), tuple(one.repo_tags or ()))
        for one in entries
    ]


def choose(place: str, found: Sequence[ListedImage], name: str | None) -> ListedImage:
    """Return the image called ``name``: ``NAME:TAG``, ``TAG`` alone, or ``@N`` counted from 0.

    Without a name it is the only one there is. Raise ``ImageNotInFormError`` or
    ``AmbiguousImageError``.
    """
    meant = [one for one in found if name is None or _is_called(one, name)]
    if not meant and name is not None:
        meant = [one for one in found if name in {tag.rpartition(":")[2] for tag in one.tags}]
    position = _POSITION.fullmatch(name or "")
    if position is not None:
        meant = list(found[int(position[1]) : int(position[1]) + 1])
    names = [tag for one in found for tag in one.tags or (one.name,)]
    if not meant:
        raise ImageNotInFormError(place, name or "", names)
    if len({one.config for one in meant}) > 1:
        raise AmbiguousImageError(place, names)
    return meant[0]


def _is_called(image: ListedImage, name: str) -> bool:
    return name in image.tags or _full(name) in {_full(tag) for tag in image.tags}


def _full(name: str) -> str:
    try:
        return str(ImageReference.familiar(name))
    except InvalidReferenceError:
        return name
