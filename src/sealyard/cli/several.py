"""Options that take several values after one name, as az's do: ``--tags team=blue stage=test``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperOption


class SeveralValues(TyperCommand):
    """A command whose repeatable options need not be repeated. It takes no positional arguments."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (Typer's own)
        """Repeat the name before each further value, and go on as usual."""
        names = {
            name
            for one in self.params
            if isinstance(one, TyperOption) and one.multiple
            for name in one.opts
        }
        return super().parse_args(ctx, _repeated(args, names))


def _repeated(args: list[str], names: set[str]) -> list[str]:
    spread: list[str] = []
    name, values = "", 0
    for text in args:
        if text.startswith("-"):
            name, values = text if text in names else "", 0
            spread.append(text)
            continue
        if name and values:
            spread.append(name)
        values += 1
        spread.append(text)
    return spread
