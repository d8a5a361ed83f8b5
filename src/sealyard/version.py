"""The version of Sealyard, read by the package's build and by every program of it."""

from __future__ import annotations

VERSION = "0.1.0"
__version__ = VERSION
