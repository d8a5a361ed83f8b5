"""The command ``sealyard``: which commands there are, each imported when it is used.

`sealyard serve` becomes the server and has to be quick and small, and a client installs without
the server: so this module imports none of them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from sealyard.cli.lazy import Place, lazy_group
from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from sealyard.cli.terminal import Terminal


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
    "monitor": Place("sealyard.cli.monitor"),
    "copy": Place("sealyard.cli.copy"),
    "list": Place("sealyard.cli.images", "list_app"),
    "inspect": Place("sealyard.cli.images", "inspect_app"),
    "delete": Place("sealyard.cli.images", "delete_app"),
    "push": Place("sealyard.cli.push"),
    "pull": Place("sealyard.cli.pull"),
    "trust": Place("sealyard.cli.trust.app"),
    "docker": Place("sealyard.cli.docker"),
    "docker-plugin": Place("sealyard.cli.docker_plugin"),
    "doctor": Place("sealyard.cli.doctor"),
}


app = typer.Typer(
    cls=lazy_group(PLACES),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
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


def _ended(number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind as at Ctrl-C, so that nothing half done stays behind in temporary folders."""
    signal.signal(number, signal.SIG_IGN)  # a second one would end the tidying up
    raise SystemExit(128 + number)


def _leave(code: int) -> None:
    """End now if threads are left: they wait for a server, and what they had here is removed."""
    if all(one.daemon or one is threading.current_thread() for one in threading.enumerate()):
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> None:
    """Run a command and exit: 0 done, 1 refused or failed, 2 wrong usage."""
    if arguments is None:
        signal.signal(signal.SIGTERM, _ended)
    # httpx would import its own command line, and with it Rich and Pygments: 25 ms of each start.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None: there is none
    command = typer.main.get_command(app)
    try:
        command.main(args=arguments, prog_name="sealyard", obj=terminal)
    except SystemExit as ended:
        if arguments is None:
            _leave(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
        raise
