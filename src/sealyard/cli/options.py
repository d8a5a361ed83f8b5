"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer


def _refuse_secret(value: str | None) -> str | None:
    if value is None:
        return None
    _refuse()


def _refuse() -> NoReturn:
    message = (
        "a secret on the command line can be read by every process of this machine and stays in "
        "the shell's history; use --password-stdin or --password-file, or be asked for it"
    )
    raise typer.BadParameter(message)


# az's option: taken, so that whoever uses it out of habit learns what to use instead.
RefusedPassword = Annotated[
    str | None,
    typer.Option("--password", "-p", hidden=True, callback=_refuse_secret),
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Take the password from standard input.")
]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", help="Take it from a file.")
]
ResourceGroup = Annotated[
    str | None,
    typer.Option("--resource-group", "-g", help="The resource group: there is one, sealyard."),
]
RegistryName = Annotated[
    str, typer.Option("--name", "-n", help="The registry's name, in any case, or its login server.")
]
