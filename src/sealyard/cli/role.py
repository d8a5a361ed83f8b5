"""``sealyard role``: who may do what, in the registry or in one repository."""

from __future__ import annotations

from typing import Annotated

import typer

from sealyard.cli.commands import Yes, command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.errors import NotFoundError
from sealyard.client.management.registry import Resource
from sealyard.client.management.roles import Roles

app = group("Grant and withdraw roles.")
assignment = group("Which principal holds which role, and where.")
definition = group("Which roles there are, and what they may do.")
app.add_typer(assignment, name="assignment")
app.add_typer(definition, name="definition")

_ASSIGNMENTS = {"Principal": "principalName", "Role": "roleDefinitionName", "Scope": "scope"}
_DEFINITIONS = {"Name": "roleName", "Type": "type", "Description": "description"}

Scope = Annotated[
    str,
    typer.Option(
        "--scope",
        help="Where: the registry's id (sealyard acr show --query id), or that and "
        "/repositories/<name>.",
    ),
]
Role = Annotated[str, typer.Option("--role", help="The role's name or id.")]
Assignee = Annotated[
    str,
    typer.Option(
        "--assignee",
        help="A user name; a service principal's appId or one of its names; a group's name; "
        "an object id.",
    ),
]
# az's, for whoever may not read the directory; here it comes to the same.
ObjectId = Annotated[str, typer.Option("--assignee-object-id", help="The same, by object id.")]
PrincipalType = Annotated[
    str, typer.Option("--assignee-principal-type", hidden=True, help="Looked up, not believed.")
]


@command(assignment, "create", _ASSIGNMENTS)
def create(
    terminal: Terminal,
    role: Role,
    scope: Scope,
    assignee: Assignee = "",
    assignee_object_id: ObjectId = "",
    assignee_principal_type: PrincipalType = "",  # noqa: ARG001 (az's scripts send it)
) -> Resource:
    """Grant a role. A role that is held already is shown, and nothing changes."""
    who = assignee or assignee_object_id
    if not who:
        message = "say to whom: --assignee NAME"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        return Roles(session).grant(assignee=who, role=role, scope=scope)


@command(assignment, "list", _ASSIGNMENTS)
def list_assignments(
    terminal: Terminal,
    assignee: Assignee = "",
    role: Role = "",
    scope: Scope = "",
    everything: Annotated[bool, typer.Option("--all", hidden=True, help="Always so here.")] = False,  # noqa: ARG001 (az's scripts send it)
    include_inherited: Annotated[
        bool, typer.Option("--include-inherited", help="Those that hold above the scope as well.")
    ] = False,
    include_groups: Annotated[
        bool, typer.Option("--include-groups", help="Those of the assignee's groups as well.")
    ] = False,
) -> list[Resource]:
    """List role assignments: all of them, or those that the options name."""
    with terminal.session() as session:
        return Roles(session).assignments(
            assignee=assignee,
            role=role,
            scope=scope,
            inherited=include_inherited,
            through_groups=include_groups,
        )


@command(assignment, "delete")
def delete(
    terminal: Terminal,
    ids: Annotated[
        list[str] | None, typer.Option("--ids", help="Resource ids of assignments.")
    ] = None,
    assignee: Assignee = "",
    role: Role = "",
    scope: Scope = "",
    yes: Yes = False,
) -> None:
    """Withdraw the roles that the options name together; it takes effect at once."""
    if not ids and not (assignee or role or scope):
        message = "say which: --assignee, --role and --scope, or --ids"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        roles = Roles(session)
        found = ids or [
            one["id"] for one in roles.assignments(assignee=assignee, role=role, scope=scope)
        ]
        if not found:
            kind, hint = "role assignment", "sealyard role assignment list shows those there are"
            raise NotFoundError(kind, " ".join(filter(None, (assignee, role, scope))), hint)
        if len(found) > 1 and not ids:
            terminal.confirm(f"This withdraws {len(found)} roles.", yes=yes)
        for one in found:
            roles.withdraw(one)


@command(definition, "list", _DEFINITIONS)
def list_definitions(
    terminal: Terminal,
    name: Annotated[str, typer.Option("--name", "-n", help="One role, by name or id.")] = "",
) -> list[Resource]:
    """List the roles and what each may do."""
    with terminal.session() as session:
        return Roles(session).definitions(name)
