"""The table of contents of a tar file that a stranger may have made.

Only headers are read, and of those only what an image archive needs: POSIX ustar and pax, and the
long names of GNU tar. Everything else (devices, pipes, sparse files), every name that leads out of
the archive, every name that comes twice, and an archive that is cut off, is refused.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NoReturn

from sealyard.client.images.errors import MalformedImageError
from sealyard.client.images.limits import (
    ARCHIVE_ENTRIES,
    ARCHIVE_HEADER_BYTES,
    ARCHIVE_NAME_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Returns at most so many bytes from an offset on; fewer only at the end.
    ReadAt = Callable[[int, int], bytes]

_BLOCK: Final = 512
_ZEROS: Final = bytes(_BLOCK)
_MAX_SIZE: Final = 2**63 - 1
_FILES: Final = frozenset({b"0", b"\0", b"7"})
_EXTENDED: Final = frozenset({b"x", b"L", b"K"})


class Kind(Enum):
    """What an entry is. A link is kept for who may follow it; nobody unpacks it."""

    FILE = "file"
    FOLDER = "folder"
    SYMBOLIC_LINK = "symbolic link"
    HARD_LINK = "hard link"


@dataclass(frozen=True, slots=True)
class TarEntry:
    """One entry: its content is ``size`` bytes from ``offset`` on; ``target`` is a link's."""

    name: str
    kind: Kind
    offset: int
    size: int
    target: str = ""


@dataclass(slots=True)
class _Extension:
    """What extended headers say about the entry behind them."""

    path: str | None = None
    target: str | None = None
    size: int | None = None


_KINDS: Final = {b"5": Kind.FOLDER, b"2": Kind.SYMBOLIC_LINK, b"1": Kind.HARD_LINK}


def read_entries(place: str, read_at: ReadAt, length: int) -> dict[str, TarEntry]:
    """Return the entries of a tar file of ``length`` bytes by name.

    Raise ``MalformedImageError``, which speaks of ``place``.
    """
    entries: dict[str, TarEntry] = {}
    for entry in walk(place, read_at, length):
        known = entries.get(entry.name)
        if known is not None and not (known.kind is entry.kind is Kind.FOLDER):
            reason = f"its entry {entry.name[:200]!r} comes twice"
            raise MalformedImageError(place, reason)
        entries[entry.name] = entry
    return entries


def walk(place: str, read_at: ReadAt, length: int) -> Iterator[TarEntry]:
    """Yield the entries in their order; raise as ``read_entries``, when it comes to that."""
    return _Reader(place, read_at, length).entries()


class _Reader:
    def __init__(self, place: str, read_at: ReadAt, length: int) -> None:
        self._place = place
        self._read_at = read_at
        self._length = length
        self._count = 0

    def entries(self) -> Iterator[TarEntry]:
        offset, extension = 0, _Extension()
        while (header := self._header(offset)) is not None:
            offset += _BLOCK
            kind = header[156:157]
            size = _number(self, header[124:136]) if extension.size is None else extension.size
            if offset + size > self._length:
                self.refuse("it is cut off")
            if kind in _EXTENDED or kind == b"g":
                self._extend(extension, kind, offset, size)
            else:
                entry = self._entry(header, offset, size, extension)
                size = entry.size
                extension = _Extension()
                if entry.name:  # "./" is the archive itself
                    yield entry
            offset += -(-size // _BLOCK) * _BLOCK

    def refuse(self, reason: str) -> NoReturn:
        raise MalformedImageError(self._place, reason)

    def _header(self, offset: int) -> bytes | None:
        """Return the block at ``offset``, ``None`` at the end of the archive."""
        header = self._read_at(offset, _BLOCK)
        if not header or header == _ZEROS:
            if offset == 0:
                self.refuse("it is empty")
            return None
        self._count += 1
        if self._count > 2 * ARCHIVE_ENTRIES:  # each may have an extended header
            self.refuse(f"it has more than {ARCHIVE_ENTRIES} entries")
        if len(header) < _BLOCK or not _has_its_checksum(header):
            self.refuse("it is no tar archive, or damaged")
        return header

    def _entry(self, header: bytes, offset: int, size: int, extension: _Extension) -> TarEntry:
        kind_flag = header[156:157]
        kind = Kind.FILE if kind_flag in _FILES else _KINDS.get(kind_flag)
        name = extension.path if extension.path is not None else self._own_name(header)
        if kind is None:
            self.refuse(f"its entry {name[:200]!r} is no file, folder or link")
        target = extension.target if extension.target is not None else self._text(header[157:257])
        if kind is Kind.FILE and name.endswith("/"):
            kind = Kind.FOLDER  # archives older than POSIX
        return TarEntry(
            self._inside(name),
            kind,
            offset,
            size if kind is Kind.FILE else 0,
            target if kind in {Kind.SYMBOLIC_LINK, Kind.HARD_LINK} else "",
        )

    def _own_name(self, header: bytes) -> str:
        name = self._text(header[0:100])
        prefix = self._text(header[345:500]) if header[257:263] == b"ustar\0" else ""
        return f"{prefix}/{name}" if prefix else name

    def _inside(self, name: str) -> str:
        """Return a name without ``./`` and the last slash; refuse what leads out."""
        if len(name) > ARCHIVE_NAME_BYTES:
            self.refuse(f"the name of an entry is longer than {ARCHIVE_NAME_BYTES}")
        if name.startswith("/") or ".." in name.split("/") or "\0" in name or not name:
            self.refuse(f"the name of its entry {name[:200]!r} leads out of it")
        plain = posixpath.normpath(name)
        return "" if plain == "." else plain

    def _extend(self, extension: _Extension, kind: bytes, offset: int, size: int) -> None:
        if size > ARCHIVE_HEADER_BYTES:
            self.refuse(f"an extended header has more than {ARCHIVE_HEADER_BYTES} bytes")
        raw = self._read_at(offset, size)
        if kind == b"L":
            extension.path = self._text(raw)
        elif kind == b"K":
            extension.target = self._text(raw)
        elif kind == b"x":
            self._extend_by_pax(extension, raw)

    def _extend_by_pax(self, extension: _Extension, raw: bytes) -> None:
        """Read the records ``LENGTH KEY=VALUE`` of POSIX.1-2001, "pax Extended Header"."""
        while raw:
            number, space, _ = raw[:20].partition(b" ")
            length = int(number) if space and number.isdigit() else 0
            record = raw[len(number) + 1 : length]
            key, equals, value = record[:-1].partition(b"=")
            if length > len(raw) or not equals or record[-1:] != b"\n":
                self.refuse("an extended header is damaged")
            raw = raw[length:]
            if key == b"path":
                extension.path = self._text(value)
            elif key == b"linkpath":
                extension.target = self._text(value)
            elif key == b"size":
                extension.size = _decimal(self, value)
            elif key.startswith(b"GNU.sparse."):
                self.refuse("it has a sparse file")

    def _text(self, raw: bytes) -> str:
        try:
            return raw.partition(b"\0")[0].decode()
        except UnicodeDecodeError:
            self.refuse("the name of an entry is not UTF-8")


def _number(reader: _Reader, field: bytes) -> int:
    """Read a size: octal digits, or after 0x80 a big number (GNU tar)."""
    if field[0] == 0x80:  # noqa: PLR2004 (GNU's mark)
        value = int.from_bytes(field[1:], "big")
        if value <= _MAX_SIZE:
            return value
        reader.refuse("the size of an entry is not a number of bytes")
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        reader.refuse("the size of an entry is not a number of bytes")
    return int(digits, 8)


def _decimal(reader: _Reader, value: bytes) -> int:
    if not value.isdigit() or len(value) > len(str(_MAX_SIZE)):
        reader.refuse("the size of an entry is not a number of bytes")
    return int(value)


def _has_its_checksum(header: bytes) -> bool:
    """Compare the sum of a header's bytes, its own field taken for blanks."""
    digits = header[148:156].strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        return False
    return int(digits, 8) == sum(header) - sum(header[148:156]) + 8 * ord(" ")
