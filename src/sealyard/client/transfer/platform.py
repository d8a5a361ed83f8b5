"""Platforms: what an image runs on, and which entry of an index is for it.

The names are Go's, as in OCI image specification "image index"; how others are read and which
variants stand for each other is as containerd, and so docker, has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec

from sealyard.client.transfer.errors import InvalidPlatformError, PlatformMissingError
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.errors import MalformedManifestError

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ARCHITECTURES: Final = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "i386": ("386", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
# An older variant runs on a newer machine: in order of preference.
_ARM_VARIANTS: Final = ("v8", "v7", "v6", "v5")
_UNKNOWN: Final = "unknown"  # what stands beside an image, such as an attestation


@dataclass(frozen=True, slots=True)
class Platform:
    """An operating system, an architecture and its variant, which may be empty."""

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``os/architecture[/variant]``; raise ``InvalidPlatformError``."""
        words = text.split("/")
        if len(words) not in {2, 3} or not all(_WORD.fullmatch(word) for word in words):
            raise InvalidPlatformError(text)
        return cls.normal(*words)

    @classmethod
    def normal(cls, os: str, architecture: str, variant: str = "") -> Self:
        """Make one of names that may be other tools' names for the same."""
        os, architecture, variant = os.lower(), architecture.lower(), variant.lower()
        architecture, usual = _ARCHITECTURES.get(architecture, (architecture, ""))
        variant = variant or usual
        if architecture == "arm" and not variant:
            variant = "v7"
        if (architecture, variant) in {("arm64", "v8"), ("amd64", "v1")}:
            variant = ""
        return cls("darwin" if os == "macos" else os, architecture, variant)

    def __str__(self) -> str:
        words = (self.os, self.architecture, self.variant)
        return "/".join(word for word in words if word)


class _Platform(msgspec.Struct):
    os: str = ""
    architecture: str = ""
    variant: str = ""


class _Entry(msgspec.Struct, rename="camel"):
    media_type: str
    digest: str
    size: int
    platform: _Platform | None = None


class _Index(msgspec.Struct):
    manifests: list[_Entry]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One manifest of an index, and what it is for, if the index says so."""

    descriptor: Descriptor
    platform: Platform | None


def entries(index: bytes) -> list[IndexEntry]:
    """Return what an index names, in its order; raise ``MalformedManifestError``."""
    found: _Index = _decoded(index, _Index)
    return [
        IndexEntry(
            Descriptor.checked(
                f"manifests[{position}]",
                media_type=entry.media_type,
                digest=entry.digest,
                size=entry.size,
            ),
            _platform(entry.platform),
        )
        for position, entry in enumerate(found.manifests)
    ]


def choose(index: bytes, wanted: Platform) -> Descriptor:
    """Return the entry of an index that suits ``wanted`` best; raise ``PlatformMissingError``."""
    found = [entry for entry in entries(index) if entry.platform is not None]
    for acceptable in _acceptable(wanted):
        for entry in found:
            if entry.platform == acceptable:
                return entry.descriptor
    raise PlatformMissingError(str(wanted), tuple(str(entry.platform) for entry in found))


def require(config: bytes, wanted: Platform) -> None:
    """Pass if the image with this configuration suits; raise ``PlatformMissingError``.

    A configuration that names no platform is no image's, and suits.
    """
    actual = _platform(_decoded(config, _Platform))
    if actual is not None and actual not in _acceptable(wanted):
        raise PlatformMissingError(str(wanted), (str(actual),))


def _acceptable(wanted: Platform) -> tuple[Platform, ...]:
    if wanted.architecture != "arm" or wanted.variant not in _ARM_VARIANTS:
        return (wanted,)
    older = _ARM_VARIANTS[_ARM_VARIANTS.index(wanted.variant) :]
    return tuple(Platform(wanted.os, wanted.architecture, variant) for variant in older)


def _platform(found: _Platform | None) -> Platform | None:
    if found is None or not found.os or not found.architecture or found.os == _UNKNOWN:
        return None
    return Platform.normal(found.os, found.architecture, found.variant)


def _decoded(raw: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 (of that kind)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = f"it does not say what it is for ({error})"
        raise MalformedManifestError(reason) from error
