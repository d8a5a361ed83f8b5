"""``sealyard acr scope-map``: what scoped tokens may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sealyard.cli.commands import Yes, command, group
from sealyard.cli.grouped import GroupedValues
from sealyard.cli.options import ResourceGroup
from sealyard.cli.terminal import Terminal
from sealyard.client.management.registry import Registries, Resource
from sealyard.client.management.scoped_tokens import ScopeMaps

if TYPE_CHECKING:
    from sealyard.cli.output import Columns

scope_maps = group("Scope maps: named lists of what scoped tokens may do.")

WORDS: Final = (
    "content/read",
    "content/write",
    "content/delete",
    "metadata/read",
    "metadata/write",
    "sign/write",
)
_ACTIONS: Final = f"the actions are {', '.join(WORDS)}"


def day(value: object) -> str:
    """Write an instant to the second, as az's tables do."""
    return f"{str(value)[:19]}Z" if value else ""


COLUMNS: Columns = {
    "NAME": "name",
    "CREATION DATE": lambda row: day(row["creationDate"]),
    "DESCRIPTION": "description",
}

RegistryOption = Annotated[
    str, typer.Option("--registry", "-r", help="The registry's name, or its login server.")
]
MapName = Annotated[str, typer.Option("--name", "-n", help="The scope map's name.")]
Description = Annotated[
    str | None, typer.Option("--description", help="What it is for: at most 256 characters.")
]


def _repositories(name: str, hidden: str, help_text: str) -> Any:  # noqa: ANN401 (typer's own)
    return typer.Option(name, hidden, metavar="REPOSITORY ACTION ...", help=help_text)


Repositories = Annotated[
    list[str] | None,
    typer.Option(
        "--repository",
        metavar="REPOSITORY ACTION ...",
        help=f"A repository, <path>/* or *, and what may be done in it; {_ACTIONS}.",
    ),
]


@command(scope_maps, "create", COLUMNS, cls=GroupedValues)
def create(
    terminal: Terminal,
    name: MapName,
    registry: RegistryOption,
    repository: Repositories = None,
    description: Description = None,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Make a scope map."""
    actions = read_actions(repository)
    with terminal.session() as session:
        found = Registries(session).show(registry, resource_group)
        return ScopeMaps(session, found).put(name, actions, description or "")


@command(scope_maps, "update", COLUMNS, cls=GroupedValues)
def update(
    terminal: Terminal,
    name: MapName,
    registry: RegistryOption,
    add_repository: Annotated[
        list[str] | None, _repositories("--add-repository", "--add", f"More to allow; {_ACTIONS}.")
    ] = None,
    remove_repository: Annotated[
        list[str] | None, _repositories("--remove-repository", "--remove", "What to allow no more.")
    ] = None,
    description: Description = None,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Change a scope map; it holds at once for the tokens that use it."""
    added, removed = read_actions(add_repository), read_actions(remove_repository)
    if set(added) & set(removed):
        message = "the same action is to be added and removed"
        raise typer.BadParameter(message)
    if not added and not removed and description is None:
        message = "say what is to change: --add-repository, --remove-repository, --description"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        found = ScopeMaps(session, Registries(session).show(registry, resource_group))
        present = found.show(name)["actions"]
        wanted = [one for one in dict.fromkeys([*present, *added]) if one not in removed]
        return found.change(name, wanted, description)


@command(scope_maps, "list", COLUMNS)
def list_all(
    terminal: Terminal, registry: RegistryOption, resource_group: ResourceGroup = None
) -> list[Resource]:
    """List the scope maps, the system's first."""
    with terminal.session() as session:
        found = Registries(session).show(registry, resource_group)
        return ScopeMaps(session, found).everything()


@command(scope_maps, "show", COLUMNS)
def show(
    terminal: Terminal,
    name: MapName,
    registry: RegistryOption,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Show a scope map."""
    with terminal.session() as session:
        return ScopeMaps(session, Registries(session).show(registry, resource_group)).show(name)


@command(scope_maps, "delete")
def delete(
    terminal: Terminal,
    name: MapName,
    registry: RegistryOption,
    yes: Yes = False,
    resource_group: ResourceGroup = None,
) -> None:
    """Delete a scope map that no token uses."""
    with terminal.session() as session:
        found = ScopeMaps(session, Registries(session).show(registry, resource_group))
        terminal.confirm(f"This deletes the scope map {name}.", yes=yes)
        found.delete(name)


def read_actions(groups: list[str] | None) -> list[str]:
    """Read groups of a repository and actions; the server tells what is wrong with a name."""
    actions: list[str] = []
    for text in groups or []:
        repository, *words = text.split()
        if not words:
            message = f"say what may be done in {repository}; {_ACTIONS}"
            raise typer.BadParameter(message)
        unknown = [word for word in words if word.lower() not in WORDS]
        if unknown:
            message = f"{unknown[0]!r} is no action; {_ACTIONS}"
            raise typer.BadParameter(message)
        actions += [f"repositories/{repository.lower()}/{word.lower()}" for word in words]
    return actions
