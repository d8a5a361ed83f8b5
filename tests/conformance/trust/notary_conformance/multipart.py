"""The body of an update: one part for each file, as Go's multipart writer forms it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BOUNDARY = "3ee8ef48fd5a5aa306da16148b85f4b3cfd34fc1a7151340dcdf24510fbb"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an update. Only the file name tells the role; the field name is noise."""

    filename: str | None
    content: bytes
    field: str = "files"
    content_type: str = "application/octet-stream"

    def encode(self) -> bytes:
        """Return the part with its header, without the boundary."""
        named = "" if self.filename is None else f'; filename="{self.filename}"'
        head = f'Content-Disposition: form-data; name="{self.field}"{named}\r\n'
        return f"{head}Content-Type: {self.content_type}\r\n\r\n".encode() + self.content


def parts_of(files: Mapping[str, bytes]) -> list[Part]:
    """Return one ordinary part for each role of ``files``."""
    return [Part(role, content) for role, content in files.items()]


def body(parts: Iterable[Part]) -> bytes:
    """Return the whole body; without parts it is what docker sends when nothing changed."""
    encoded = [part.encode() for part in parts]
    if not encoded:
        return f"\r\n--{BOUNDARY}--\r\n".encode()
    opening = f"--{BOUNDARY}\r\n".encode()
    return b"".join(opening + part + b"\r\n" for part in encoded) + f"--{BOUNDARY}--\r\n".encode()
