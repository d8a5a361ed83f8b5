"""``sealyard acr token``: scoped tokens, whose passwords the registry makes up."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.acr_scope_map import RegistryOption, Repositories, day, read_actions
from sealyard.cli.commands import Yes, command, group
from sealyard.cli.grouped import GroupedValues
from sealyard.cli.options import ResourceGroup
from sealyard.cli.terminal import Terminal
from sealyard.client.errors import ClientError, NotFoundError
from sealyard.client.management.registry import Registries, Resource
from sealyard.client.management.scoped_tokens import ScopedTokens, ScopeMaps

if TYPE_CHECKING:
    from sealyard.cli.output import Columns
    from sealyard.client.management.session import Session

tokens = group("Scoped tokens: they sign in to the registry alone, for what a scope map allows.")
credential = group("The two passwords of a token.")
tokens.add_typer(credential, name="credential")


class Status(StrEnum):
    """Whether a token signs in."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class OtherScopeMapError(ClientError):
    """The scope map that a token is to have made for it is there, with other actions."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the scope map {name} is there already and allows something else; change it with "
            f"sealyard acr scope-map update --name {name}, or choose one with --scope-map"
        )


def _end_of(number: int, row: dict[str, Any]) -> str:
    for held in (row.get("credentials") or {}).get("passwords", []):
        if held["name"] == f"password{number}":
            return day(held.get("expiry")) or "Never"
    return ""


def _made(number: int, field: str, row: dict[str, Any]) -> str:
    for made in row["passwords"]:
        if made["name"] == f"password{number}":
            return str(made["value"]) if field == "value" else day(made.get("expiry")) or "Never"
    return ""


_COLUMNS: Columns = {
    "NAME": "name",
    "SCOPE MAP": lambda row: row["scopeMapId"].rpartition("/")[2],
    "PASSWORD1 EXPIRY": lambda row: _end_of(1, row),
    "PASSWORD2 EXPIRY": lambda row: _end_of(2, row),
    "STATUS": lambda row: row["status"].title(),
    "PROVISIONING STATE": "provisioningState",
    "CREATION DATE": lambda row: day(row["creationDate"]),
}
_PASSWORDS: Columns = {
    "USERNAME": "username",
    "PASSWORD1": lambda row: _made(1, "value", row),
    "PASSWORD1 EXPIRY": lambda row: _made(1, "end", row),
    "PASSWORD2": lambda row: _made(2, "value", row),
    "PASSWORD2 EXPIRY": lambda row: _made(2, "end", row),
}

TokenName = Annotated[str, typer.Option("--name", "-n", help="The token's name.")]
Days = Annotated[
    int | None,
    typer.Option("--expiration-in-days", min=1, max=36_500, help="For how many days it works."),
]
Expiration = Annotated[
    datetime | None,
    typer.Option(
        "--expiration",
        formats=["%Y-%m-%dT%H:%M:%SZ"],
        metavar="TIME",
        help="Until when it works (UTC), such as 2027-12-31T12:59:59Z. Without: for ever.",
    ),
]


@command(tokens, "create", _COLUMNS, cls=GroupedValues)
def create(
    terminal: Terminal,
    name: TokenName,
    registry: RegistryOption,
    repository: Repositories = None,
    scope_map: Annotated[str, typer.Option("--scope-map", help="The scope map that it has.")] = "",
    status: Annotated[Status, typer.Option("--status", case_sensitive=False)] = Status.ENABLED,
    no_passwords: Annotated[
        bool, typer.Option("--no-passwords", help="Make none; acr token credential generate does.")
    ] = False,
    expiration_in_days: Days = None,
    expiration: Expiration = None,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Make a token with two passwords, which are in the answer, this once.

    With --repository it gets a scope map of its own, <name>-scope-map.
    """
    actions = read_actions(repository)
    if bool(actions) == bool(scope_map):
        message = "give either --scope-map or --repository"
        raise typer.BadParameter(message)
    end = _end(terminal, expiration_in_days, expiration)
    if no_passwords and end:
        message = "--no-passwords has no use for the end of passwords"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        found = Registries(session).show(registry, resource_group)
        maps, made = ScopeMaps(session, found), ScopedTokens(session, found)
        chosen = maps.id_of(scope_map) if scope_map else _own_map(maps, name, actions)
        token = made.put(name, chosen, status.value)
        if not no_passwords:
            token["credentials"] = made.generate(name, None, end)
    return token


@command(tokens, "update", _COLUMNS)
def update(
    terminal: Terminal,
    name: TokenName,
    registry: RegistryOption,
    scope_map: Annotated[str, typer.Option("--scope-map", help="Another scope map.")] = "",
    status: Annotated[
        Status | None,
        typer.Option("--status", case_sensitive=False, help="Disabled, it is worthless at once."),
    ] = None,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Give a token another scope map, disable or enable it."""
    if not scope_map and status is None:
        message = "say what is to change: --scope-map, --status"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        found = Registries(session).show(registry, resource_group)
        properties: dict[str, Any] = {}
        if scope_map:
            properties["scopeMapId"] = ScopeMaps(session, found).id_of(scope_map)
        if status is not None:
            properties["status"] = status.value
        return ScopedTokens(session, found).change(name, properties)


@command(tokens, "list", _COLUMNS)
def list_all(
    terminal: Terminal, registry: RegistryOption, resource_group: ResourceGroup = None
) -> list[Resource]:
    """List the tokens: never their passwords."""
    with terminal.session() as session:
        return _tokens(session, registry, resource_group).everything()


@command(tokens, "show", _COLUMNS)
def show(
    terminal: Terminal,
    name: TokenName,
    registry: RegistryOption,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Show a token: never its passwords."""
    with terminal.session() as session:
        return _tokens(session, registry, resource_group).show(name)


@command(tokens, "delete")
def delete(
    terminal: Terminal,
    name: TokenName,
    registry: RegistryOption,
    yes: Yes = False,
    resource_group: ResourceGroup = None,
) -> None:
    """Delete a token; whoever uses it is out at once."""
    with terminal.session() as session:
        found = _tokens(session, registry, resource_group)
        terminal.confirm(f"This deletes the token {name}; its passwords end at once.", yes=yes)
        found.delete(name)


@command(credential, "generate", _PASSWORDS)
def generate(
    terminal: Terminal,
    name: TokenName,
    registry: RegistryOption,
    password1: Annotated[bool, typer.Option("--password1", help="The first alone.")] = False,
    password2: Annotated[bool, typer.Option("--password2", help="The second alone.")] = False,
    expiration_in_days: Days = None,
    expiration: Expiration = None,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Make one password of a token anew, or both; they are in the answer, this once.

    The one that is not made anew works on.
    """
    chosen = None
    if password1 != password2:
        chosen = "password1" if password1 else "password2"
    end = _end(terminal, expiration_in_days, expiration)
    with terminal.session() as session:
        return _tokens(session, registry, resource_group).generate(name, chosen, end)


@command(credential, "delete", _COLUMNS)
def delete_password(
    terminal: Terminal,
    name: TokenName,
    registry: RegistryOption,
    password1: Annotated[bool, typer.Option("--password1", help="The first.")] = False,
    password2: Annotated[bool, typer.Option("--password2", help="The second.")] = False,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Delete one password of a token, or both; they are worthless at once."""
    gone = [
        word for word, is_meant in (("password1", password1), ("password2", password2)) if is_meant
    ]
    if not gone:
        message = "say which: --password1, --password2"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        found = _tokens(session, registry, resource_group)
        held = [one["name"] for one in found.show(name)["credentials"]["passwords"]]
        for word in gone:
            if word not in held:
                kind = f"password of the token {name}"
                raise NotFoundError(kind, word)
        kept = [{"name": word} for word in held if word not in gone]
        return found.change(name, {"credentials": {"passwords": kept}})


def _tokens(session: Session, registry: str, resource_group: str | None) -> ScopedTokens:
    return ScopedTokens(session, Registries(session).show(registry, resource_group))


def _own_map(maps: ScopeMaps, token: str, actions: list[str]) -> str:
    """Return the id of the map made for a token; raise ``OtherScopeMapError``."""
    name = f"{token}-scope-map"
    try:
        present = maps.show(name)
    except NotFoundError:
        return str(maps.put(name, actions, f"Created by token: {token}")["id"])
    if sorted(present["actions"]) != sorted(actions):
        raise OtherScopeMapError(name)
    return str(present["id"])


def _end(terminal: Terminal, days: int | None, end: datetime | None) -> str:
    """Return when passwords are to end, the empty text for never."""
    if days is not None and end is not None:
        message = "give either --expiration or --expiration-in-days"
        raise typer.BadParameter(message)
    if days is not None:
        end = terminal.clock() + timedelta(days=days)
    return "" if end is None else end.strftime("%Y-%m-%dT%H:%M:%SZ")
