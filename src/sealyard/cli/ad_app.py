"""``sealyard ad app``: applications, and the secrets and certificates that they sign in with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sealyard.cli.ad_sp import EndDate, Years, end_of
from sealyard.cli.commands import command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.management.directory import Applications, Entry, WantedSecret

applications = group("Applications: machines, by what they are given to sign in with.")
credential = group("The secrets and certificates of an application.")
applications.add_typer(credential, name="credential")

_COLUMNS = {"DisplayName": "displayName", "AppId": "appId", "ObjectId": "id"}
_CREDENTIALS = {"KeyId": "keyId", "DisplayName": "displayName", "End": "endDateTime"}

Id = Annotated[
    str, typer.Option("--id", help="Its appId, its object id or one of its identifier URIs.")
]
DisplayName = Annotated[str, typer.Option("--display-name", help="How it is shown.")]
Uris = Annotated[
    list[str] | None,
    typer.Option("--identifier-uris", help="Names besides the appId; repeatable."),
]
OfCertificates = Annotated[
    bool, typer.Option("--cert", help="Its certificates instead of its secrets.")
]


@command(applications, "create", _COLUMNS)
def create(terminal: Terminal, display_name: DisplayName, identifier_uris: Uris = None) -> Entry:
    """Make an application with its service principal, without a secret and without roles."""
    with terminal.session() as session:
        return Applications(session).create(display_name, uris=identifier_uris or [])


@command(applications, "list", _COLUMNS)
def list_all(
    terminal: Terminal,
    display_name: DisplayName = "",
    everything: Annotated[bool, typer.Option("--all", hidden=True, help="Always so here.")] = False,  # noqa: ARG001 (az's scripts send it)
) -> list[Entry]:
    """List applications: all, or those whose display name begins like that."""
    with terminal.session() as session:
        return Applications(session).everything(prefix=display_name)


@command(applications, "show", _COLUMNS)
def show(terminal: Terminal, id: Id) -> Entry:  # noqa: A002 (the option's name is az's)
    """Show an application, with what may be known of its secrets and certificates."""
    with terminal.session() as session:
        return Applications(session).show(id)


@command(applications, "update")
def update(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    display_name: DisplayName = "",
    identifier_uris: Uris = None,
) -> None:
    """Change how an application is shown, or its identifier URIs."""
    body: Entry = {"displayName": display_name} if display_name else {}
    if identifier_uris is not None:
        body["identifierUris"] = identifier_uris
    if not body:
        message = "say what is to change: --display-name or --identifier-uris"
        raise typer.BadParameter(message)
    with terminal.session() as session:
        Applications(session).change(id, body)


@command(applications, "delete")
def delete(terminal: Terminal, id: Id) -> None:  # noqa: A002 (the option's name is az's)
    """Delete an application with its service principal; its sign-ins end at once."""
    with terminal.session() as session:
        Applications(session).delete(id)


@command(credential, "reset")
def reset(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    cert: Annotated[
        Path | None,
        typer.Option("--cert", metavar="FILE", help="A certificate in PEM, instead of a secret."),
    ] = None,
    display_name: DisplayName = "",
    append: Annotated[bool, typer.Option("--append", help="Keep those that there are.")] = False,
    years: Years = None,
    end_date: EndDate = None,
) -> Entry:
    """Replace all secrets by a new one, or the certificates by one, and end the sign-ins.

    The secret is in the answer, this once. A certificate counts until it expires.
    """
    with terminal.session() as session:
        found = Applications(session)
        app_id, password = found.show(id)["appId"], None
        if cert is not None:
            pem = cert.read_bytes()
            found.add_certificate(id, pem, display_name=display_name, append=append)
        else:
            secret = WantedSecret(display_name, end_of(years, end_date, terminal.clock))
            password = found.reset_secret(id, secret, append=append)["secretText"]
        return {"appId": app_id, "password": password, "tenant": session.profile.tenant_id}


@command(credential, "list", _CREDENTIALS)
def list_credentials(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    cert: OfCertificates = False,
) -> list[Entry]:
    """List the secrets of an application, never their text, or its certificates."""
    with terminal.session() as session:
        shown = Applications(session).show(id)
    found: list[Entry] = shown["keyCredentials" if cert else "passwordCredentials"]
    return found


@command(credential, "delete")
def delete_credential(
    terminal: Terminal,
    id: Id,  # noqa: A002 (the option's name is az's)
    key_id: Annotated[str, typer.Option("--key-id", help="The secret's or certificate's id.")],
    cert: OfCertificates = False,
) -> None:
    """Delete one secret or certificate; what was signed in with it ends at once."""
    with terminal.session() as session:
        found = Applications(session)
        (found.delete_certificate if cert else found.delete_secret)(id, key_id)
