"""Platforms: for which architecture and operating system an image is, as its own document says.

An image says it in its config, an index in the descriptors of its manifests (OCI image
specification, "Image Configuration" and "Image Index"). Registries only repeat it; a document that
cannot be read says nothing, and is nobody's fault here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

_MAX_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class Platform:
    """What a document says; empty where it says nothing."""

    architecture: str = ""
    os: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class IndexedManifest:
    """One manifest of an index, and its platform."""

    digest: str
    platform: Platform


class _Platform(msgspec.Struct):
    architecture: str | None = None
    os: str | None = None
    variant: str | None = None

    def value(self) -> Platform:
        found = (self.architecture or "", self.os or "", self.variant or "")
        return Platform(*(text[:_MAX_CHARACTERS] for text in found))


class _Descriptor(msgspec.Struct):
    digest: str
    platform: _Platform | None = None


class _Manifest(msgspec.Struct):
    config: _Descriptor | None = None
    manifests: list[_Descriptor] | None = None


_config = msgspec.json.Decoder(_Platform)
_manifest = msgspec.json.Decoder(_Manifest)


def of_config(content: bytes) -> Platform:
    """Read the config of an image."""
    try:
        return _config.decode(content).value()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Platform()


def config_digest(manifest: bytes) -> str:
    """Return the digest of an image's config, empty if ``manifest`` names none."""
    config = _read(manifest).config
    return "" if config is None else config.digest


def of_index(manifest: bytes) -> tuple[IndexedManifest, ...]:
    """Return the manifests that an index names, none of anything else."""
    listed = _read(manifest).manifests or []
    return tuple(
        IndexedManifest(one.digest, (one.platform or _Platform()).value()) for one in listed
    )


def _read(manifest: bytes) -> _Manifest:
    try:
        return _manifest.decode(manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Manifest()
