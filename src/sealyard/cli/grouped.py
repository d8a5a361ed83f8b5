"""Options that take a group of values each time: ``--repository app content/read content/write``.

az has them. What follows the name up to the next option reaches the command as one text, its words
separated by spaces: none of these values can hold one.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperOption


class GroupedValues(TyperCommand):
    """A command whose repeatable options take groups. It takes no positional arguments."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (Typer's own)
        """Join each group, and go on as usual."""
        names = {
            name
            for one in self.params
            if isinstance(one, TyperOption) and one.multiple
            for name in one.opts
        }
        return super().parse_args(ctx, _joined(args, names))


def _joined(args: list[str], names: set[str]) -> list[str]:
    joined: list[str] = []
    within, begun = False, False
    for text in args:
        if text.startswith("-"):
            within, begun = text in names, False
            joined.append(text)
        elif within and begun:
            joined[-1] += f" {text}"
        else:
            joined.append(text)
            begun = True
    return joined
