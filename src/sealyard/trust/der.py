"""DER, as far as keys and certificates need it: elements out of bytes, and bytes out of elements.

Flat on purpose: whoever reads names the depth that the format has, so no input can ask for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LONG_FORM = 0x80
_MANY_BYTE_TAG = 0x1F
_MAX_LENGTH_BYTES = 4
_ARC_BITS = 7


class DerError(ValueError):
    """The bytes are not DER, or not the elements that were expected."""


def elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element that follows another; raise ``DerError``."""
    position = 0
    while position < len(der):
        tag, start, end = _element(der, position)
        yield tag, der[start:end]
        position = end


def sole(der: bytes, tag: int) -> bytes:
    """Return the content of the one element in ``der``, which has to have that tag."""
    content = sequence_of(der, tag)
    return content[0]


def sequence_of(der: bytes, *tags: int) -> list[bytes]:
    """Return the contents of the elements in ``der``, which have to have these tags."""
    found = list(elements(der))
    if [tag for tag, _ in found] != list(tags):
        message = "the elements are not those of the format"
        raise DerError(message)
    return [content for _, content in found]


def number(content: bytes) -> int:
    """Return the value of an INTEGER that may not be negative."""
    if not content or content[0] >= _LONG_FORM:
        message = "a number is missing or negative"
        raise DerError(message)
    return int.from_bytes(content)


def encoded(tag: int, *contents: bytes) -> bytes:
    """Return one element with these contents, one after the other."""
    content = b"".join(contents)
    size = len(content)
    if size < _LONG_FORM:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, _LONG_FORM | len(length)]) + length + content


def sequence(*contents: bytes) -> bytes:
    """Return a SEQUENCE of finished elements."""
    return encoded(SEQUENCE, *contents)


def integer(value: int) -> bytes:
    """Return an INTEGER; ``value`` may not be negative."""
    return encoded(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def object_identifier(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER, such as ``1.2.840.10045.2.1``."""
    first, second, *rest = map(int, dotted.split("."))
    return encoded(OBJECT_IDENTIFIER, *map(_arc, (40 * first + second, *rest)))


def _arc(value: int) -> bytes:
    septets = [value & 0x7F]
    while value := value >> _ARC_BITS:
        septets.append(_LONG_FORM | value & 0x7F)
    return bytes(reversed(septets))


def _element(der: bytes, position: int) -> tuple[int, int, int]:
    """Return the tag of the element at ``position``, and where its content starts and ends."""
    tag, size = der[position], der[position + 1] if position + 1 < len(der) else _LONG_FORM
    start = position + 2
    if size >= _LONG_FORM:
        count = size - _LONG_FORM
        length = der[start : start + count]
        size, start = int.from_bytes(length), start + count
        if not 1 <= count <= _MAX_LENGTH_BYTES or len(length) < count or size < _shortest(count):
            message = "a length is not in DER"
            raise DerError(message)
    if tag & _MANY_BYTE_TAG == _MANY_BYTE_TAG or start + size > len(der):
        message = "an element is cut off or has an unknown tag"
        raise DerError(message)
    return tag, start, start + size


def _shortest(count: int) -> int:
    """Return the least size that is written with ``count`` bytes: DER has one form for each."""
    return _LONG_FORM if count == 1 else 1 << 8 * (count - 1)
