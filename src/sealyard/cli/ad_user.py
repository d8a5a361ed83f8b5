"""``sealyard ad user``: people, who sign in with a password."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sealyard.cli.commands import Yes, command, group
from sealyard.cli.options import PasswordFile, PasswordStdin, RefusedPassword
from sealyard.cli.terminal import Terminal
from sealyard.client.management.directory import Entry, Groups, Users

users = group("Users: people, who sign in with a password.")
signed_in_user = group("The user who is signed in.")

_COLUMNS = {
    "UserPrincipalName": "userPrincipalName",
    "DisplayName": "displayName",
    "Enabled": "accountEnabled",
    "ObjectId": "id",
}


class Switch(StrEnum):
    """On or off, in az's words."""

    TRUE = "true"
    FALSE = "false"


Name = Annotated[
    str,
    typer.Option("--user-principal-name", help="The user's name, such as alice@example.com."),
]
Id = Annotated[
    str, typer.Option("--id", help="The user's name, the part before its @, or its object id.")
]
DisplayName = Annotated[str, typer.Option("--display-name", help="How the user is shown.")]
GeneratePassword = Annotated[
    bool, typer.Option("--generate-password", help="Have one made up, and print it once.")
]


@command(users, "create", _COLUMNS)
def create(
    terminal: Terminal,
    user_principal_name: Name,
    display_name: DisplayName = "",
    generate_password: GeneratePassword = False,
    password_stdin: PasswordStdin = False,
    password_file: PasswordFile = None,
    password: RefusedPassword = None,  # noqa: ARG001 (refused while it is read)
) -> Entry:
    """Make a user.

    The password comes from standard input, from a file, or is asked for. Otherwise one is made up
    and is in the answer, this once. A new user holds no role.
    """
    chosen = None
    if not generate_password:
        chosen = terminal.secret(
            "Password of the new user", from_stdin=password_stdin, file=password_file
        )
    with terminal.session() as session:
        made = Users(session).create(
            user_principal_name, display_name=display_name, password=chosen
        )
    return _with_password(made)


@command(users, "list", _COLUMNS)
def list_all(
    terminal: Terminal,
    display_name: Annotated[
        str, typer.Option("--display-name", help="Those whose display name begins like this.")
    ] = "",
) -> list[Entry]:
    """List users by name."""
    with terminal.session() as session:
        return Users(session).everything(prefix=display_name)


@command(users, "show", _COLUMNS)
def show(terminal: Terminal, id: Id) -> Entry:  # noqa: A002 (the option's name is az's)
    """Show a user."""
    with terminal.session() as session:
        return Users(session).show(id)


@command(users, "update")
def update(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    display_name: DisplayName = "",
    account_enabled: Annotated[
        Switch | None,
        typer.Option("--account-enabled", case_sensitive=False, help="May the user sign in?"),
    ] = None,
    new_password: Annotated[
        bool, typer.Option("--new-password", help="Set a password, and end all sign-ins.")
    ] = False,
    password_stdin: PasswordStdin = False,
    password_file: PasswordFile = None,
    password: RefusedPassword = None,  # noqa: ARG001 (refused while it is read)
) -> Entry | None:
    """Change a user.

    With --new-password, --password-stdin or --password-file it gets a new password: from there, or
    asked for, or made up and printed this once. Disabling ends all its sign-ins at once.
    """
    body: dict[str, Any] = {}
    if display_name:
        body["displayName"] = display_name
    if account_enabled is not None:
        body["accountEnabled"] = account_enabled is Switch.TRUE
    if new_password or password_stdin or password_file is not None:
        secret = terminal.secret("New password", from_stdin=password_stdin, file=password_file)
        body["passwordProfile"] = {} if secret is None else {"password": secret}
    if not body:
        message = "say what is to change: --display-name, --account-enabled or --new-password"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        changed = Users(session).change(id, body)
    return None if changed is None else _with_password(changed)


@command(users, "delete")
def delete(terminal: Terminal, id: Id, yes: Yes = False) -> None:  # noqa: A002, ARG001 (the option's name is az's; az's scripts send it)
    """Delete a user with its roles; its sign-ins end at once."""
    with terminal.session() as session:
        Users(session).delete(id)


@command(users, "get-member-groups")
def member_groups(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    security_enabled_only: Annotated[  # noqa: ARG001 (az's scripts send it)
        bool, typer.Option("--security-enabled-only", hidden=True, help="All groups are.")
    ] = False,
) -> list[Entry]:
    """List the groups that a user is in."""
    with terminal.session() as session:
        return Groups(session).of_user(id)


@command(signed_in_user, "show", _COLUMNS)
def me(terminal: Terminal) -> Entry:
    """Show the user who is signed in."""
    with terminal.session() as session:
        return Users(session).me()


@signed_in_user.callback()
def _signed_in_user() -> None:
    """See who is signed in, as the directory has it."""


def _with_password(entry: Entry) -> Entry:
    """Put a password that was made up where somebody sees it."""
    profile = entry.pop("passwordProfile", None)
    return entry if profile is None else {**entry, "password": profile["password"]}
