"""Byte ranges: of a download (``Range``) and of an upload's chunk (``Content-Range``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from sealyard.errors import RangeNotSatisfiableError
from sealyard.oci.errors import InvalidChunkError

# RFC 9110, section 14.1.1; 18 digits are more bytes than there are, and few enough to compute with.
_ONE_RANGE = re.compile(r"bytes=\s*(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})\s*", re.ASCII)
# OCI Distribution 1.1, "Pushing a blob in chunks"; some clients write it as RFC 9110 has it.
_CHUNK = re.compile(
    r"(?:bytes[ =])?(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})(?:/(?:[0-9]+|\*))?"
)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from ``first`` to ``last``, both included, counted from 0."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    @classmethod
    def whole(cls, size: int) -> Self:
        """All of ``size`` bytes; of none, the empty range."""
        return cls(0, size - 1)

    @classmethod
    def requested(cls, header: str, size: int) -> Self | None:
        """Read a ``Range`` header for content of ``size`` bytes.

        Return ``None`` where it is to be ignored and everything sent (RFC 9110, section 14.2):
        other units, and several ranges at once, which no registry client asks for. Raise
        ``RangeNotSatisfiableError`` for a range that is malformed or holds no byte.
        """
        if not header.startswith("bytes=") or "," in header:
            return None
        match = _ONE_RANGE.fullmatch(header)
        if match is None or not (match["first"] or match["last"]):
            raise RangeNotSatisfiableError(size)
        if not match["first"]:
            first, last = max(size - int(match["last"]), 0), size - 1
        else:
            first = int(match["first"])
            last = min(int(match["last"]), size - 1) if match["last"] else size - 1
        if first > last:
            raise RangeNotSatisfiableError(size)
        return cls(first, last)

    @classmethod
    def of_chunk(cls, header: str) -> Self:
        """Read the ``Content-Range`` of a chunk; raise ``InvalidChunkError``."""
        match = _CHUNK.fullmatch(header.strip())
        if match is None or int(match["last"]) < int(match["first"]):
            reason = f"its Content-Range {header[:80]!r} is not FIRST-LAST"
            raise InvalidChunkError(reason)
        return cls(int(match["first"]), int(match["last"]))
