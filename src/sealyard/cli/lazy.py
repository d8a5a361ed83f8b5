"""A group of commands, each of which is imported when it is used: every start is to be quick."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: a module with a Typer ``app``, or with a function that makes one."""

    module: str
    attribute: str = "app"


def lazy_group(places: Mapping[str, Place]) -> type[TyperGroup]:
    """Return a class of groups whose commands, by name, are at ``places``."""

    class LazyGroup(TyperGroup):
        """A group whose commands are imported when they are asked for."""

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (typer's own)
            """Return the names of the commands, in the order of the help."""
            return list(places)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 (typer's own)
            """Return a command, ``None`` if there is none of that name."""
            if cmd_name not in places:
                return None
            if cmd_name not in self.commands:
                self.commands[cmd_name] = _load(cmd_name, places[cmd_name])
            return self.commands[cmd_name]

    return LazyGroup


def _load(name: str, place: Place) -> Any:  # noqa: ANN401 (typer's own)
    found = getattr(_imported(place.module), place.attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name)(found())
        found = single
    found.rich_markup_mode = None  # plain text, for every terminal and every log
    found.pretty_exceptions_enable = False
    command = typer.main.get_command(found)
    command.name = name
    return command


def _imported(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("sealyard"):
            raise
        message = f"error: {error}; install the server: pip install 'sealyard[server]'"
        print(message, file=sys.stderr)
        raise typer.Exit(1) from error
