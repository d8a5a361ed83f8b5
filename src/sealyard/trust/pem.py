"""PEM with headers (RFC 1421), as docker writes keys; other readers of PEM refuse the headers."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealyard.trust.errors import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BLOCK = re.compile(
    r"^-----BEGIN ([A-Z0-9 ]{1,40})-----$(.*?)^-----END \1-----$", re.MULTILINE | re.DOTALL
)
_HEADER = re.compile(r"([A-Za-z0-9-]{1,40}):[ \t]*(.*)")
_LINE = 64  # characters of base64 in a line, as Go writes them


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its label, its headers and its bytes, which may be a secret."""

    label: str
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Write the block as Go does: headers sorted, then an empty line, then base64.

        Raise ``KeyFileError`` if a header would not come back as it is.
        """
        lines = [f"{name}: {value}" for name, value in sorted(self.headers.items())]
        if any(_HEADER.fullmatch(line) is None or not line.isprintable() for line in lines):
            message = "a role or a GUN with control characters cannot be written into a key file"
            raise KeyFileError(message)
        if lines:
            lines.append("")
        text = base64.b64encode(self.content).decode()
        lines += [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
        body = "\n".join(lines)
        return f"-----BEGIN {self.label}-----\n{body}\n-----END {self.label}-----\n".encode()


def blocks(raw: bytes) -> Iterator[Block]:
    """Yield the blocks in ``raw``, whatever text is around them; raise ``KeyFileError``."""
    try:
        text = raw.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = "it is not text"
        raise KeyFileError(message) from error
    for match in _BLOCK.finditer(text):
        yield _block(match[1], match[2])


def _block(label: str, inside: str) -> Block:
    lines = [line.strip() for line in inside.strip("\n").split("\n")]
    headers: dict[str, str] = {}
    while lines and (header := _HEADER.fullmatch(lines[0])) is not None:
        headers[header[1]] = header[2].strip()
        del lines[0]
    try:
        return Block(label, base64.b64decode("".join(lines), validate=True), headers)
    except binascii.Error as error:
        message = "its base64 is damaged"
        raise KeyFileError(message) from error
