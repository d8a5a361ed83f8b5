"""``sealyard acr create``, ``delete``, ``check-name`` and what can be asked of the registry itself.

A server is one registry: to create the one that is there answers it, so that scripts which begin
with it go on; to create another one, or to delete this one, is refused by the server in words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sealyard.cli.acr_attributes import Switch
from sealyard.cli.commands import Yes, command, group
from sealyard.cli.options import RegistryName, ResourceGroup
from sealyard.cli.several import SeveralValues
from sealyard.cli.terminal import Terminal
from sealyard.client.management.registry import Registries, Resource

app = group("")

COLUMNS = {
    "NAME": "name",
    "RESOURCE GROUP": "resourceGroup",
    "LOCATION": "location",
    "SKU": "sku.name",
    "LOGIN SERVER": "loginServer",
    "CREATION DATE": "creationDate",
    "CONTENT TRUST": "policies.trustPolicy.status",
}
_USAGE = {
    "NAME": "name",
    "CURRENT VALUE": "currentValue",
    "UNIT": "unit",
}


class Sku(StrEnum):
    """The tiers that Azure has; there is one here."""

    BASIC = "Basic"
    STANDARD = "Standard"
    PREMIUM = "Premium"


Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tags", metavar="NAME=VALUE ...", help="Resource tags, all of them; '' for none."
    ),
]
AdminEnabled = Annotated[
    Switch | None,
    typer.Option("--admin-enabled", case_sensitive=False, help="The admin user: true or false."),
]


@command(app, "create", COLUMNS, cls=SeveralValues)
def create(
    terminal: Terminal,
    name: RegistryName,
    sku: Annotated[Sku, typer.Option("--sku", case_sensitive=False, help="Premium: all there is.")],
    resource_group: ResourceGroup = "sealyard",
    location: Annotated[
        str, typer.Option("--location", "-l", help="Taken for az's sake: it is where it is.")
    ] = "local",
    admin_enabled: AdminEnabled = None,
    tags: Tags = None,
) -> Resource:
    """Answer the registry of this server; there cannot be another one on it."""
    body: dict[str, Any] = {"location": location, "sku": {"name": sku.value}}
    body["properties"] = switches(adminUserEnabled=admin_enabled)
    if tags is not None:
        body["tags"] = read_tags(tags)
    with terminal.session() as session:
        return Registries(session).create(name, resource_group or "sealyard", body)


@command(app, "delete")
def delete(
    terminal: Terminal, name: RegistryName, resource_group: ResourceGroup = None, yes: Yes = False
) -> None:
    """Learn how to be rid of the registry: it is the server, and does not delete itself."""
    with terminal.session() as session:
        registries = Registries(session)
        found = registries.show(name, resource_group)
        terminal.confirm(f"This deletes the registry {found['name']}.", yes=yes)
        registries.delete(found)


@command(app, "check-name")
def check_name(terminal: Terminal, name: RegistryName) -> Resource:
    """Tell whether a registry could be called that."""
    with terminal.session() as session:
        return Registries(session).check_name(name)


@command(app, "show-usage", _USAGE)
def show_usage(
    terminal: Terminal, name: RegistryName, resource_group: ResourceGroup = None
) -> Resource:
    """Show how much the registry holds: bytes, repositories, manifests, tags."""
    with terminal.session() as session:
        registries = Registries(session)
        return registries.usage(registries.show(name, resource_group))


@command(app, "show-endpoints")
def show_endpoints(
    terminal: Terminal, name: RegistryName, resource_group: ResourceGroup = None
) -> Resource:
    """Show the hosts that clients have to reach: the login server, and no other."""
    with terminal.session() as session:
        found = Registries(session).show(name, resource_group)
    return {"loginServer": found["loginServer"], "dataEndpoints": []}


def read_tags(texts: list[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` as az does: a name alone has an empty value, '' alone is no tag."""
    pairs = (text.partition("=") for text in texts if text)
    return {name: value for name, _, value in pairs}


def switches(**given: Switch | None) -> dict[str, bool]:
    """Return the properties that were given, by their names on the wire."""
    return {name: value is Switch.TRUE for name, value in given.items() if value is not None}
