r"""Canonical JSON in notary's flavour (OLPC), and the form in which Go writes it to the wire.

A signature covers the *canonical* bytes: keys sorted by byte, no white space, integers only, and
in strings nothing escaped but ``\`` and ``"``. A file holds the *wire* bytes: Go's JSON writer
additionally escapes ``<``, ``>``, ``&`` and the two Unicode line separators. The two differ only
for names that hold one of those characters.

msgspec's sorted encoder is the fast half of both (10,000 targets in a millisecond); it differs from
the canonical form in control characters alone, which it escapes and the canonical form does not.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

LARGEST_INTEGER = 2**53  # notary's verifier passes numbers through a 64-bit float

_TOO_LARGE = "an integer is beyond 2^53: readers would not agree on it"

_ESCAPE = re.compile(rb'\\(?:u00([01][0-9a-f])|([bfnrt])|["\\])')
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_HTML = re.compile(rb"[<>&]|\xe2\x80[\xa8\xa9]")
_HTML_BYTES = (b"<", b">", b"&", b"\xe2\x80")
_HTML_ESCAPED = {
    b"<": rb"\u003c",
    b">": rb"\u003e",
    b"&": rb"\u0026",
    b"\xe2\x80\xa8": rb"\u2028",
    b"\xe2\x80\xa9": rb"\u2029",
}


class InexpressibleError(ValueError):
    """JSON that has no canonical form, or whose form readers would not agree on."""


def sorted_json(value: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    """Encode plain values or msgspec structs with sorted keys, control characters escaped.

    The values must come from ``decode`` or hold no floating point numbers by their type.
    """
    return msgspec.json.encode(value, order="sorted")


def canonical(value: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    """Return the bytes that a signature over ``value`` covers."""
    return raw_controls(sorted_json(value))


def wire(value: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    """Return ``value`` as Go would write it into a file."""
    return html_escaped(sorted_json(value))


def raw_controls(text: bytes) -> bytes:
    """Turn ``sorted_json`` into the canonical form: control characters stand for themselves."""
    return _ESCAPE.sub(_raw, text) if b"\\" in text else text


def html_escaped(text: bytes) -> bytes:
    """Turn ``sorted_json`` into the wire form: Go escapes what HTML would stumble over."""
    # Looking for single bytes first takes a hundredth of what the pattern takes on a megabyte.
    if any(byte in text for byte in _HTML_BYTES):
        return _HTML.sub(lambda match: _HTML_ESCAPED[match[0]], text)
    return text


def holds_controls(text: bytes) -> bool:
    """Tell whether a ``sorted_json`` holds control characters: no Go client can write such."""
    if b"\\" not in text:
        return False
    return any(match[1] or match[2] for match in _ESCAPE.finditer(text))


def decode(text: bytes, nesting: int) -> Any:  # noqa: ANN401 (any JSON value)
    """Read JSON that has exactly one meaning.

    Raise ``InexpressibleError`` for anything that two readers could take differently: double keys,
    numbers that are not integers within 2^53, more than ``nesting`` levels, lone surrogates.
    """
    try:
        # Pass the syntax by the strict reader first: Python's own takes NaN and lone surrogates.
        msgspec.json.decode(text)
        value = json.loads(
            text.decode(),
            object_pairs_hook=_unique,
            parse_float=_no_fraction,
            parse_int=_bounded,
            parse_constant=_no_fraction,
        )
    except (RecursionError, msgspec.DecodeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        message = f"not JSON: {error}"
        raise InexpressibleError(message) from error
    check(value, nesting)
    return value


def check(value: Any, nesting: int) -> None:  # noqa: ANN401 (any JSON value)
    """Raise ``InexpressibleError`` unless ``value`` is plain, of integers, and not too deep."""
    if nesting < 0:
        message = "nested too deeply"
        raise InexpressibleError(message)
    if isinstance(value, dict):
        for inner in value.values():
            check(inner, nesting - 1)
    elif isinstance(value, list):
        for inner in value:
            check(inner, nesting - 1)
    elif isinstance(value, float):
        _no_fraction(repr(value))
    elif isinstance(value, int) and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise InexpressibleError(_TOO_LARGE)


def _raw(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes((int(match[1], 16),))
    if match[2]:
        return _SHORT[match[2]]
    return match[0]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        message = "the same name twice in one object"
        raise InexpressibleError(message)
    return names


def _no_fraction(text: str) -> NoReturn:
    message = f"json: unsupported value: {text[:40]}"
    raise InexpressibleError(message)


def _bounded(text: str) -> int:
    # 16 digits and a sign: everything longer is out of bounds, and int() of it would cost.
    if len(text) <= len(str(-LARGEST_INTEGER)) and -LARGEST_INTEGER <= int(text) <= LARGEST_INTEGER:
        return int(text)
    raise InexpressibleError(_TOO_LARGE)
