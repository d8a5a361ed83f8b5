"""``sealyard admin``: what is done on the server's own machine, by whoever may read its data."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sealyard.errors import SealyardError
from sealyard.settings import Settings, SettingsError, load

app = typer.Typer(
    help="Look after a registry on its own machine.", no_args_is_help=True, add_completion=False
)

DataDir = Annotated[
    str | None, typer.Option("--data-dir", metavar="DIR", help="The registry's data folder.")
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="The server's TOML file.")
]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Take the new password from standard input."),
]
User = Annotated[str, typer.Argument(help="The user's name, or the part before the @.")]


@app.callback()
def admin() -> None:
    """Look after a registry on its own machine."""


@app.command("reset-password")
def reset_password(
    user: User = "admin",
    data_dir: DataDir = None,
    config: Config = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Give an Owner a new password and end all its sign-ins.

    Enables the user and makes it Owner again, whatever happened to it. Works beside a running
    server. Without --password-stdin the password is made up and printed once.
    """
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    # Only now: the server's parts are not installed with the client.
    from sealyard.bootstrap.recovery import reset_password as reset  # noqa: PLC0415

    try:
        owner = reset(_settings(data_dir, config), user, password)
    except SettingsError as error:
        _refuse(error, 2)
    except SealyardError as error:
        _refuse(error, 1)
    print(f"{owner.user_principal_name} is Owner and may sign in.")
    if owner.password is not None:
        print(f"  its new password, shown this once: {owner.password}")


def _settings(data_dir: str | None, config: Path | None) -> Settings:
    return load({"data_dir": data_dir} if data_dir else {}, os.environ, config)


def _refuse(error: SealyardError, code: int) -> NoReturn:
    print(f"error: {error}", file=sys.stderr)
    raise typer.Exit(code) from error
