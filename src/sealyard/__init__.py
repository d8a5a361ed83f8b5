"""Sealyard: an OCI registry with content trust."""

from __future__ import annotations

from sealyard.version import VERSION

__all__ = ["VERSION"]
