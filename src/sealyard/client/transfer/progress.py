"""How copying tells how far it is, to somebody who shows it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from sealyard.oci.descriptor import Descriptor


class Kind(StrEnum):
    """What a piece of an image is."""

    LAYER = "layer"
    CONFIG = "config"
    MANIFEST = "manifest"


class Outcome(StrEnum):
    """How the copying of one piece of an image ended."""

    COPIED = "copied"
    PRESENT = "already there"
    MOUNTED = "mounted"
    FAILED = "failed"


class Progress(Protocol):
    """Who is told. Several threads tell at once, about pieces with different digests."""

    def started(self, descriptor: Descriptor, what: Kind) -> None:
        """Hear that a piece has its turn."""
        ...

    def advanced(self, descriptor: Descriptor, count: int) -> None:
        """Hear that ``count`` more bytes of a piece have gone over."""
        ...

    def finished(self, descriptor: Descriptor, outcome: Outcome) -> None:
        """Hear how it ended."""
        ...


class _Silent:
    """Tells nobody."""

    def started(self, descriptor: Descriptor, what: Kind) -> None:
        """Say nothing."""

    def advanced(self, descriptor: Descriptor, count: int) -> None:
        """Say nothing."""

    def finished(self, descriptor: Descriptor, outcome: Outcome) -> None:
        """Say nothing."""


SILENT: Final[Progress] = _Silent()
