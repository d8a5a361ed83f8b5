"""``sealyard acr``: the registry's properties and its content trust policy."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sealyard.cli.acr_attributes import Switch
from sealyard.cli.acr_credential import credentials
from sealyard.cli.acr_login import app as login
from sealyard.cli.acr_manifest import manifests
from sealyard.cli.acr_registry import COLUMNS, AdminEnabled, Tags, read_tags, switches
from sealyard.cli.acr_registry import app as registry_app
from sealyard.cli.acr_repository import repositories
from sealyard.cli.acr_scope_map import scope_maps
from sealyard.cli.acr_token import tokens
from sealyard.cli.commands import Yes, command, group
from sealyard.cli.options import RegistryName, ResourceGroup
from sealyard.cli.several import SeveralValues
from sealyard.cli.terminal import Terminal
from sealyard.client.management.registry import Registries, Resource

app = group("Administer the registry.")
config = group("Its policies.")
content_trust = group("Content trust: whether signers may publish trust data.")
app.add_typer(login)
app.add_typer(registry_app)
app.add_typer(config, name="config")
app.add_typer(repositories, name="repository")
app.add_typer(manifests, name="manifest")
app.add_typer(credentials, name="credential")
app.add_typer(scope_maps, name="scope-map")
app.add_typer(tokens, name="token")
config.add_typer(content_trust, name="content-trust")

_TRUST_STATUS = "policies.trustPolicy.status"

PolicyRegistry = Annotated[
    str,
    typer.Option(
        "--registry", "-r", "--name", "-n", help="The registry's name, or its login server."
    ),
]


class Status(StrEnum):
    """Whether content trust is on."""

    ENABLED = "enabled"
    DISABLED = "disabled"


@command(app, "list", COLUMNS)
def list_all(terminal: Terminal, resource_group: ResourceGroup = None) -> list[Resource]:
    """List the registries that you may read: the one of this server."""
    with terminal.session() as session:
        found = Registries(session).everything()
    return [one for one in found if _in_group(one, resource_group)]


@command(app, "show", COLUMNS)
def show(terminal: Terminal, name: RegistryName, resource_group: ResourceGroup = None) -> Resource:
    """Show the registry."""
    with terminal.session() as session:
        return Registries(session).show(name, resource_group)


@command(app, "update", COLUMNS, cls=SeveralValues)
def update(
    terminal: Terminal,
    name: RegistryName,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PROPERTY=VALUE", help=f"What is to change: {_TRUST_STATUS}"),
    ] = None,
    tags: Tags = None,
    admin_enabled: AdminEnabled = None,
    anonymous_pull_enabled: Annotated[
        Switch | None,
        typer.Option(
            "--anonymous-pull-enabled",
            case_sensitive=False,
            help="Whether anybody may pull: true or false.",
        ),
    ] = None,
    yes: Yes = False,
    resource_group: ResourceGroup = None,
) -> Resource:
    """Change properties of the registry.

    With --set it is policies.trustPolicy.status (enabled, disabled).
    """
    status = _wanted_status(settings or [])
    body: dict[str, Any] = {} if tags is None else {"tags": read_tags(tags)}
    properties = switches(
        adminUserEnabled=admin_enabled, anonymousPullEnabled=anonymous_pull_enabled
    )
    if properties:
        body["properties"] = properties
    if status is None and not body:
        message = f"say what is to change: --tags, --set {_TRUST_STATUS}=…"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        registries = Registries(session)
        found = registries.show(name, resource_group)
        if body:
            found = registries.update(found, body)
        return found if status is None else _set_trust(terminal, registries, found, status, yes)


def _wanted_status(settings: list[str]) -> Status | None:
    status: Status | None = None
    for setting in settings:
        path, equals, value = setting.partition("=")
        if path not in {_TRUST_STATUS, f"properties.{_TRUST_STATUS}"} or not equals:
            message = f"{setting!r} cannot be set; what can is {_TRUST_STATUS}=enabled|disabled"
            raise typer.BadParameter(message)
        if value.lower() not in set(Status):
            message = f"{value!r} is neither enabled nor disabled"
            raise typer.BadParameter(message)
        status = Status(value.lower())
    return status


@command(content_trust, "show")
def show_content_trust(
    terminal: Terminal, registry: PolicyRegistry, resource_group: ResourceGroup = None
) -> dict[str, Any]:
    """Show whether content trust is enabled."""
    with terminal.session() as session:
        return _trust_policy(Registries(session).show(registry, resource_group))


@command(content_trust, "update")
def update_content_trust(
    terminal: Terminal,
    registry: PolicyRegistry,
    status: Annotated[
        Status, typer.Option("--status", case_sensitive=False, help="enabled or disabled")
    ],
    yes: Yes = False,
    resource_group: ResourceGroup = None,
) -> dict[str, Any]:
    """Enable or disable content trust.

    Disabling it deletes all trust data of all repositories for good; it says how much there is, and
    asks. Images stay.
    """
    with terminal.session() as session:
        registries = Registries(session)
        found = registries.show(registry, resource_group)
        return _trust_policy(_set_trust(terminal, registries, found, status, yes))


def _set_trust(
    terminal: Terminal, registries: Registries, registry: Resource, status: Status, yes: bool
) -> Resource:
    if _trust_policy(registry)["status"] == status:
        return registry
    if status is Status.ENABLED:
        return registries.enable_content_trust(registry)
    if yes:  # whatever there is by then: signing may go on meanwhile
        return registries.disable_content_trust(registry, None)
    loss = registries.trust_loss(registry)
    terminal.confirm(
        f"Disabling content trust of {registry['name']} deletes all its trust data for good: "
        f"{loss.signatures} signatures in {loss.repositories} repositories, and the keys that the "
        "registry holds for them. Nobody can bring them back. Images stay.",
        yes=False,
    )
    return registries.disable_content_trust(registry, loss)


def _in_group(registry: Resource, resource_group: str | None) -> bool:
    return resource_group is None or registry["resourceGroup"].lower() == resource_group.lower()


def _trust_policy(registry: Resource) -> dict[str, Any]:
    policy: dict[str, Any] = registry["policies"]["trustPolicy"]
    return policy
