"""What cached answers about images depend on: one topic for each repository, one for the list."""

from __future__ import annotations

from typing import Final

CATALOG: Final = "catalog"


def repository(name: str) -> str:
    """Return the topic of what the repository ``name`` holds."""
    return f"repository/{name}"
