"""Options that set and lift locks, shared by the commands that do."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Switch(StrEnum):
    """On or off, as az takes it."""

    TRUE = "true"
    FALSE = "false"


def _switch(name: str, help_text: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(name, case_sensitive=False, help=help_text)
    return found


DeleteEnabled = Annotated[
    Switch | None, _switch("--delete-enabled", "Whether it may be deleted: true or false.")
]
WriteEnabled = Annotated[
    Switch | None,
    _switch("--write-enabled", "Whether it may be overwritten or deleted: true or false."),
]
ReadEnabled = Annotated[
    Switch | None, _switch("--read-enabled", "Whether it may be pulled: true or false.")
]
ListEnabled = Annotated[
    Switch | None, _switch("--list-enabled", "Whether lists show it: true or false.")
]


def wanted(
    delete: Switch | None, write: Switch | None, read: Switch | None, shown: Switch | None
) -> dict[str, bool]:
    """Return the attributes that were given, by their names on the wire."""
    given = {
        "deleteEnabled": delete,
        "writeEnabled": write,
        "readEnabled": read,
        "listEnabled": shown,
    }
    return {name: value is Switch.TRUE for name, value in given.items() if value is not None}
