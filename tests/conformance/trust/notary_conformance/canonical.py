r"""The two written forms of trust metadata: what is signed, and what is sent.

Signed is the canonical form (OLPC flavour): keys sorted by their bytes, no white space,
only ``\`` and ``"`` escaped, raw UTF-8, integers only. Sent is what Go's encoder makes of
it, which writes ``<``, ``>``, ``&`` and U+2028/9 as ``\u003c`` and so on. The signature
covers the former although only the latter is seen on the wire.
"""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

_SENT_ESCAPES = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def canonical(value: object) -> bytes:
    """Return the bytes that a signature covers.

    A float is written as Python writes it: no conforming file holds one, but the suite has
    to make such files.
    """
    return _text(value).encode()


def sent(value: object) -> bytes:
    """Return the bytes of ``value`` as Go clients put them on the wire."""
    return _text(value).translate(_SENT_ESCAPES).encode()


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode())
        return "{" + ",".join(f"{_string(key)}:{_text(item)}" for key, item in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(value)


def _string(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
