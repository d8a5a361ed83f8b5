"""``sealyard ad sp``: service principals, which sign in with an appId and a secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sealyard.cli.commands import command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.management.directory import Entry, ServicePrincipals, WantedSecret

if TYPE_CHECKING:
    from collections.abc import Callable

service_principals = group("Service principals: machines, which sign in with a secret.")
credential = group("The secrets of a service principal.")
service_principals.add_typer(credential, name="credential")

_COLUMNS = {
    "DisplayName": "displayName",
    "AppId": "appId",
    "Enabled": "accountEnabled",
    "ObjectId": "id",
}
_SECRETS = {"KeyId": "keyId", "DisplayName": "displayName", "Hint": "hint", "End": "endDateTime"}
_DAYS_OF_A_YEAR: Final = 365

Id = Annotated[
    str, typer.Option("--id", help="Its appId, its object id or one of its servicePrincipalNames.")
]
Years = Annotated[
    int | None,
    typer.Option("--years", min=1, max=100, help="How long the secret works (default: one year)."),
]
EndDate = Annotated[
    datetime | None,
    typer.Option(
        "--end-date",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"],
        metavar="DATE",
        help="Until when it works, such as 2027-12-31 or 2027-12-31T12:00:00Z.",
    ),
]


@command(service_principals, "create-for-rbac")
def create_for_rbac(
    terminal: Terminal,
    name: Annotated[str, typer.Option("--name", "--display-name", "-n", help="How it is shown.")],
    role: Annotated[str, typer.Option("--role", help="A role that it is given.")] = "",
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scopes", help="Where: the registry's id, or with /repositories/<name>."),
    ] = None,
    years: Years = None,
    end_date: EndDate = None,
) -> Entry:
    """Make a service principal with a secret, and with a role if one is named.

    The secret is in the answer, this once: keep it well. Either all of it happens or nothing.
    """
    wanted = [scope for text in scopes or [] for scope in text.split()]
    if bool(role) != bool(wanted):
        message = "--role and --scopes belong together"
        raise typer.BadParameter(message)
    secret = WantedSecret("rbac", end_of(years, end_date, terminal.clock))
    with terminal.session() as session:
        made = ServicePrincipals(session).create_for_rbac(
            name, role=role, scopes=wanted, secret=secret
        )
    return {
        "appId": made["servicePrincipal"]["appId"],
        "displayName": made["servicePrincipal"]["displayName"],
        "password": made["passwordCredential"]["secretText"],
        "tenant": made["tenantId"],
    }


@command(service_principals, "list", _COLUMNS)
def list_all(
    terminal: Terminal,
    display_name: Annotated[
        str, typer.Option("--display-name", help="Those whose display name begins like this.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", hidden=True, help="Always so here.")] = False,  # noqa: ARG001 (az's scripts send it)
) -> list[Entry]:
    """List service principals."""
    with terminal.session() as session:
        return ServicePrincipals(session).everything(prefix=display_name)


@command(service_principals, "show", _COLUMNS)
def show(terminal: Terminal, id: Id) -> Entry:  # noqa: A002 (the option's name is az's)
    """Show a service principal, with what may be known of its secrets."""
    with terminal.session() as session:
        return ServicePrincipals(session).show(id)


@command(service_principals, "delete")
def delete(terminal: Terminal, id: Id) -> None:  # noqa: A002 (the option's name is az's)
    """Delete a service principal with its secrets and roles; its sign-ins end at once."""
    with terminal.session() as session:
        ServicePrincipals(session).delete(id)


@command(credential, "reset")
def reset(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    display_name: Annotated[
        str, typer.Option("--display-name", help="How the secret is shown.")
    ] = "",
    append: Annotated[bool, typer.Option("--append", help="Keep the secrets there are.")] = False,
    years: Years = None,
    end_date: EndDate = None,
) -> Entry:
    """Replace all secrets of a service principal by a new one, and end its sign-ins.

    The secret is in the answer, this once.
    """
    secret = WantedSecret(display_name, end_of(years, end_date, terminal.clock))
    with terminal.session() as session:
        principals = ServicePrincipals(session)
        app_id = principals.show(id)["appId"]
        made = principals.reset_secret(id, secret, append=append)
        tenant = session.profile.tenant_id
    return {"appId": app_id, "password": made["secretText"], "tenant": tenant}


@command(credential, "list", _SECRETS)
def list_secrets(terminal: Terminal, id: Id) -> list[Entry]:  # noqa: A002 (the option's name is az's)
    """List the secrets of a service principal: never their text."""
    with terminal.session() as session:
        found: list[Entry] = ServicePrincipals(session).show(id)["passwordCredentials"]
    return found


@command(credential, "delete")
def delete_secret(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    key_id: Annotated[str, typer.Option("--key-id", help="The secret's id.")],
) -> None:
    """Delete one secret of a service principal."""
    with terminal.session() as session:
        ServicePrincipals(session).delete_secret(id, key_id)


def end_of(years: int | None, end: datetime | None, clock: Callable[[], datetime]) -> str:
    """Return when a secret is to end, the empty text for the server's default."""
    if years is not None and end is not None:
        message = "give either --years or --end-date"
        raise typer.BadParameter(message)
    if years is not None:
        end = clock() + timedelta(days=_DAYS_OF_A_YEAR * years)
    if end is None:
        return ""
    return end.strftime("%Y-%m-%dT%H:%M:%SZ") if end.tzinfo is None else end.isoformat()
