"""The command ``sealyard``: which commands there are, each imported when it is used.

`sealyard serve` becomes the server and has to be quick and small, and a client installs without
the server: so this module imports none of them.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from sealyard.cli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: a module with a Typer ``app``, or with a function that makes one."""

    module: str
    attribute: str = "app"


PLACES: Final = {
    "serve": Place("sealyard.cli.serve", "command"),
    "admin": Place("sealyard.cli.admin"),
    "login": Place("sealyard.cli.login", "login_app"),
    "logout": Place("sealyard.cli.login", "logout_app"),
    "account": Place("sealyard.cli.account"),
    "acr": Place("sealyard.cli.acr"),
    "role": Place("sealyard.cli.role"),
    "ad": Place("sealyard.cli.ad"),
    "activity": Place("sealyard.cli.activity"),
}


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (typer's own)
        """Return the names of the commands, in the order of the help."""
        return list(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 (typer's own)
        """Return a command, ``None`` if there is none of that name."""
        if cmd_name not in PLACES:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands[cmd_name]


app = typer.Typer(
    cls=LazyGroup, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"sealyard {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
]


@app.callback()
def sealyard(version: Version = False) -> None:
    """Serve and administer a registry with content trust.

    The commands for administration have the names and options of Azure's `az`.
    """


def main(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> None:
    """Run a command and exit: 0 done, 1 refused or failed, 2 wrong usage."""
    command = typer.main.get_command(app)
    command.main(args=arguments, prog_name="sealyard", obj=terminal)


def _load(name: str) -> Any:  # noqa: ANN401 (typer's own)
    place = PLACES[name]
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
