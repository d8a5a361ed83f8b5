"""Variables in names of images: ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and their kin.

What Dockerfiles and compose files share of the shell's expansion. Everything else is refused: a
name that was expanded in another way than docker does would be a name that nobody verified.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(rf"\$(?:({_NAME})|\{{({_NAME})(?:(:?[-+?])([^${{}}]*))?\}})")
_MOST_CHARACTERS: Final = 4096


class NotExpandedError(ValueError):
    """A text that cannot be expanded; the message says why."""


def expanded(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with its variables replaced; raise ``NotExpandedError``.

    A variable without a value is an error, and not the empty text: an image's name with a hole in
    it is another image's name.
    """
    if len(text) > _MOST_CHARACTERS:
        message = "the name is too long"
        raise NotExpandedError(message)
    result = _VARIABLE.sub(lambda match: _value(match, values), text)
    # What is left of a $ is a form that is not known here.
    if "$" in _VARIABLE.sub("", text):
        message = f"{text[:120]!r} has variables in a form that is not known here"
        raise NotExpandedError(message)
    return result


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    name, operator, word = match[1] or match[2], match[3] or "", match[4] or ""
    value = values.get(name)
    is_there = bool(value) if operator.startswith(":") else value is not None
    if operator.endswith("+"):
        return word if is_there else ""
    if is_there:
        return value or ""
    if operator.endswith("-"):
        return word
    message = f"the variable {name} has no value"
    raise NotExpandedError(message)
