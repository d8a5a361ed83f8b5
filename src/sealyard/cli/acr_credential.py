"""``sealyard acr credential``: the passwords of the admin user."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sealyard.cli.commands import command, group
from sealyard.cli.options import RegistryName, ResourceGroup
from sealyard.cli.terminal import Terminal
from sealyard.client.management.registry import Registries, Resource
from sealyard.client.management.scoped_tokens import AdminUser

if TYPE_CHECKING:
    from sealyard.cli.output import Columns

credentials = group("The passwords of the admin user, which is off at first.")

_COLUMNS: Columns = {
    "USERNAME": "username",
    "PASSWORD": "passwords[0].value",
    "PASSWORD2": "passwords[1].value",
}


class PasswordName(StrEnum):
    """Which of the two."""

    PASSWORD = "password"  # noqa: S105 (the name of one)
    PASSWORD2 = "password2"


@command(credentials, "show", _COLUMNS)
def show(terminal: Terminal, name: RegistryName, resource_group: ResourceGroup = None) -> Resource:
    """Show the admin user's name and passwords; the activity log tells who asked."""
    with terminal.session() as session:
        found = Registries(session).show(name, resource_group)
        return AdminUser(session, found).credentials()


@command(credentials, "renew", _COLUMNS)
def renew(
    terminal: Terminal,
    name: RegistryName,
    password_name: Annotated[
        PasswordName,
        typer.Option("--password-name", case_sensitive=False, help="Which is to be made anew."),
    ],
    resource_group: ResourceGroup = None,
) -> Resource:
    """Make one of the two passwords anew; the other one works on."""
    with terminal.session() as session:
        found = Registries(session).show(name, resource_group)
        return AdminUser(session, found).renew(password_name.value)
