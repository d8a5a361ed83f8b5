"""Text that came from elsewhere, made fit to be shown: it must not act on a terminal.

A server's sentence may hold escape sequences that move the cursor or set the window's title,
carriage returns that overwrite what was printed before, and signs that turn the direction of
writing.
"""

from __future__ import annotations

import json


def printable(text: str) -> str:
    """Return ``text`` with everything but letters, signs and spaces written as an escape."""
    return text if text.isprintable() else "".join(_shown(one) for one in text)


def printable_lines(text: str) -> str:
    """Return the same of each line of ``text``; its line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(one if one in "\n\t" else _shown(one) for one in text)


def printable_json(text: str) -> str:
    """Return JSON that means the same, its lines as they are, and that is printable too."""
    return "\n".join(
        line
        if line.isprintable()
        else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in line)
        for line in text.split("\n")
    )


def _shown(character: str) -> str:
    # Includes Unicode's categories Cc and Cf (control, direction) and lone surrogates.
    return character if character.isprintable() else character.encode("unicode_escape").decode()
