"""``sealyard serve``: the settings from flags, environment and file, then the server."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.settings import SETTINGS, Setting, SettingsError, collect, settle

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(config: Path | None, **flags: str | list[str] | None) -> None:
    """Run the registry until it is stopped.

    Every option can also be given as the variable SEALYARD_… or in the TOML file of --config.
    Passwords and keys are never options; docs/reference/settings.md lists all settings.
    """
    given = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in flags.items()
        if value
    }
    try:
        sources = collect(given, os.environ, config)
        settle(sources)
    except SettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        print("See sealyard serve --help.", file=sys.stderr)
        raise typer.Exit(2) from error
    # Only now: a wrong setting needs none of it.
    from sealyard.serving.launch import launch  # noqa: PLC0415

    launch(sources, os.environ)


def command() -> Callable[..., None]:
    """Return ``serve`` with one parameter per setting, for typer to read its options from."""
    parameters = [_config_parameter(), *(_parameter(row) for row in SETTINGS if not row.secret)]

    def run(**values: Any) -> None:  # noqa: ANN401 (typer passes what the options declare)
        serve(values.pop("config"), **values)

    run.__doc__ = serve.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _config_parameter() -> inspect.Parameter:
    option = typer.Option("--config", help="A TOML file with settings.", metavar="FILE")
    return inspect.Parameter(
        "config",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[Path | None, option],
    )


def _parameter(row: Setting) -> inspect.Parameter:
    default = f" (default: {row.default})" if row.default else ""
    option = typer.Option(
        row.flag, help=row.help.replace("`", "") + default, metavar=row.form, show_default=False
    )
    kind: Any = list[str] if row.repeatable else str
    return inspect.Parameter(
        row.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )
