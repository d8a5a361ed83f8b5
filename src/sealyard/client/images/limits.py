"""How much of an image outside of a registry is read before anything about it is believed."""

from __future__ import annotations

from typing import Final

MANIFEST_BYTES: Final = 4 * 1024 * 1024  # what registries accept at most
CONFIG_BYTES: Final = 4 * 1024 * 1024
INDEX_BYTES: Final = 4 * 1024 * 1024  # index.json, and docker's manifest.json
INDEX_ENTRIES: Final = 10_000
LAYERS: Final = 1_000  # docker itself stops at 127
ARCHIVE_ENTRIES: Final = 20_000
ARCHIVE_NAME_BYTES: Final = 1_024
ARCHIVE_HEADER_BYTES: Final = 64 * 1024  # of one extended header
UNPACKED_BYTES: Final = 64 * 1024**3  # what one compressed layer or archive may grow to
PIECE_BYTES: Final = 512 * 1024  # what is read or written at a time; a block of compression.py
