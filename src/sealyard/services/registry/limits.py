"""The bounds of the registry's inputs and answers; the defaults are those of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RegistryLimits:
    """Bytes of a manifest, entries of a page, uploads open at once by one identity, their age."""

    max_manifest_size: int = 4 * 2**20
    max_page_size: int = 10_000
    max_open_uploads: int = 500
    upload_lifetime: timedelta = timedelta(days=7)
