"""``sealyard ad group``: principals that are given roles together."""

from __future__ import annotations

from typing import Annotated

import typer

from sealyard.cli.commands import Yes, command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.management.directory import Entry, Groups
from sealyard.client.management.roles import Roles

groups = group("Groups: users and service principals that are given roles together.")
members = group("Who is in a group.")
groups.add_typer(members, name="member")

_COLUMNS = {"DisplayName": "displayName", "Description": "description", "ObjectId": "id"}
_MEMBERS = {
    "Name": "userPrincipalName || displayName",
    "AppId": "appId",
    "ObjectId": "id",
}

Group = Annotated[str, typer.Option("--group", "-g", help="The group's name or object id.")]
Member = Annotated[
    str,
    typer.Option(
        "--member-id",
        help="A user's or service principal's object id (or any name that --assignee takes).",
    ),
]


@command(groups, "create", _COLUMNS)
def create(
    terminal: Terminal,
    display_name: Annotated[str, typer.Option("--display-name", help="The group's name.")],
    mail_nickname: Annotated[
        str, typer.Option("--mail-nickname", help="Kept for scripts that ask for it.")
    ] = "",
    description: Annotated[str, typer.Option("--description", help="What it is for.")] = "",
    force: Annotated[  # noqa: ARG001 (az's scripts send it)
        bool, typer.Option("--force", hidden=True, help="Names are unique here.")
    ] = False,
) -> Entry:
    """Make a group without members and roles. One of that name is shown, and nothing changes."""
    with terminal.session() as session:
        return Groups(session).create(
            display_name, mail_nickname=mail_nickname, description=description
        )


@command(groups, "list", _COLUMNS)
def list_all(
    terminal: Terminal,
    display_name: Annotated[
        str, typer.Option("--display-name", help="Those whose name begins like this.")
    ] = "",
) -> list[Entry]:
    """List groups by name."""
    with terminal.session() as session:
        return Groups(session).everything(prefix=display_name)


@command(groups, "show", _COLUMNS)
def show(terminal: Terminal, group: Group) -> Entry:
    """Show a group."""
    with terminal.session() as session:
        return Groups(session).show(group)


@command(groups, "delete")
def delete(terminal: Terminal, group: Group, yes: Yes = False) -> None:  # noqa: ARG001 (az's scripts send it)
    """Delete a group; its members lose at once what it was granted."""
    with terminal.session() as session:
        Groups(session).delete(group)


@command(members, "list", _MEMBERS)
def list_members(terminal: Terminal, group: Group) -> list[Entry]:
    """List who is in a group."""
    with terminal.session() as session:
        return Groups(session).members(group)


@command(members, "add")
def add(terminal: Terminal, group: Group, member_id: Member) -> None:
    """Put a user or service principal into a group: it holds the group's roles at once."""
    with terminal.session() as session:
        Groups(session).add_member(group, Roles(session).object_id(member_id))


@command(members, "remove")
def remove(terminal: Terminal, group: Group, member_id: Member) -> None:
    """Take somebody out of a group: what it held through the group ends at once."""
    with terminal.session() as session:
        Groups(session).remove_member(group, Roles(session).object_id(member_id))


@command(members, "check")
def check(terminal: Terminal, group: Group, member_id: Member) -> dict[str, bool]:
    """Tell whether somebody is in a group."""
    with terminal.session() as session:
        member = Roles(session).object_id(member_id)
        return {"value": Groups(session).has_member(group, member)}
