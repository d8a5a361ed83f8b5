"""``sealyard login`` and ``sealyard logout``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.account import shown
from sealyard.cli.commands import command
from sealyard.cli.options import PasswordFile, PasswordStdin, RefusedPassword
from sealyard.cli.terminal import Terminal
from sealyard.client.errors import ClientError, NotSignedInError

if TYPE_CHECKING:
    from sealyard.client.management.profile import Profile

login_app = typer.Typer(add_completion=False)
logout_app = typer.Typer(add_completion=False)

_COLUMNS = {"Name": "name", "Server": "environmentName", "User": "user.name"}


@command(login_app, "login", _COLUMNS)
def login(
    terminal: Terminal,
    username: Annotated[
        str | None,
        typer.Option("--username", "-u", help="A user, or a service principal's appId."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="URL", help="The registry; default: the last one."),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ca-file",
            metavar="FILE",
            help="The CA that signs the server's certificate, in PEM; it is remembered.",
        ),
    ] = None,
    service_principal: Annotated[
        bool, typer.Option("--service-principal", help="Sign in as a service principal.")
    ] = False,
    use_device_code: Annotated[
        bool,
        typer.Option(
            "--use-device-code",
            help="Show a code, to be entered on the registry's page in a browser anywhere.",
        ),
    ] = False,
    tenant: Annotated[
        str, typer.Option("--tenant", "-t", help="The directory that has to be there.")
    ] = "",
    password_stdin: PasswordStdin = False,
    password_file: PasswordFile = None,
    password: RefusedPassword = None,  # noqa: ARG001 (refused while it is read)
) -> list[dict[str, Any]]:
    """Sign in to a registry, to administer it.

    The password comes from standard input, from a file, or is asked for. With --use-device-code it
    is entered in a browser instead.
    """
    # Only now: `--help` and wrong usage need no network.
    from sealyard.client.management import session  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from sealyard.client.management.connection import Connection  # noqa: PLC0415 (only where it is used: a start is to be quick)

    address, certificates = _whither(terminal, server, ca_file)
    options: dict[str, Any] = {"ca_certificates": certificates, "tenant": tenant}
    if use_device_code:
        if username is not None or service_principal or password_stdin or password_file is not None:
            message = "--use-device-code: who it is and the password are entered on the page"
            raise typer.BadParameter(message)
        with Connection(
            address, ca_certificates=certificates, transport=terminal.transport
        ) as connection:
            profile = session.sign_in_on_device(
                connection, terminal.say, terminal.sleep, terminal.clock, **options
            )
        terminal.profiles.save(profile)
        return [shown(profile)]
    if username is None:
        message = "say who: --username NAME, or --use-device-code"
        raise typer.BadParameter(message)
    what = "secret" if service_principal else "password"
    secret = terminal.secret(what, from_stdin=password_stdin, file=password_file)
    if secret is None:
        message = "give the password with --password-stdin or --password-file"
        raise typer.BadParameter(message)
    kind = session.SERVICE_PRINCIPAL if service_principal else session.USER
    with Connection(
        address, ca_certificates=certificates, transport=terminal.transport
    ) as connection:
        profile = session.sign_in(
            connection, session.Credentials(username, secret, kind), terminal.clock, **options
        )
    terminal.profiles.save(profile)
    return [shown(profile)]


@command(logout_app, "logout")
def logout(terminal: Terminal) -> None:
    """End the sign-in, and forget it and the CA that was given with it."""
    from sealyard.client.management.session import end_sign_in  # noqa: PLC0415 (only where it is used: a start is to be quick)

    last = _last(terminal)
    remembered = terminal.profiles.remembered_authorities()
    if not terminal.profiles.delete():
        terminal.say("Nobody was signed in.")
    if last is not None:
        try:
            end_sign_in(last, terminal.transport)
        except ClientError as error:
            terminal.say(f"The registry could not be told, and would still take the token: {error}")
    for host in remembered:
        terminal.say(
            f"The CA of {host} is forgotten too: give --ca-file again, or keep it for docker and "
            f"sealyard in ~/.docker/tls/{host}/ca.crt."
        )


def _whither(terminal: Terminal, server: str | None, ca_file: Path | None) -> tuple[str, str]:
    """Return the server to sign in to and the certificates to trust it by."""
    from sealyard.client.management.connection import server_url  # noqa: PLC0415 (only where it is used: a start is to be quick)

    last = _last(terminal)
    if server is None and last is None:
        message = "say which registry: --server https://HOST:PORT"
        raise typer.BadParameter(message)
    address = server_url(server) if server is not None else last.server if last else ""
    if ca_file is not None:
        try:
            return address, ca_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            message = f"--ca-file {ca_file} cannot be read: {error}"
            raise typer.BadParameter(message) from error
    same = last is not None and last.server == address
    return address, last.ca_certificates if last is not None and same else ""


def _last(terminal: Terminal) -> Profile | None:
    try:
        return terminal.profiles.load()
    except NotSignedInError:
        return None
