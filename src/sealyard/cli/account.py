"""``sealyard account``: who is signed in, and where. Nothing is asked of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sealyard.cli.commands import command, group
from sealyard.cli.terminal import Terminal
from sealyard.client.management.directory import Users

if TYPE_CHECKING:
    from sealyard.client.management.profile import Profile

app = group("See who is signed in, and change your password.")

_COLUMNS = {
    "Name": "name",
    "Server": "environmentName",
    "User": "user.name",
    "SubscriptionId": "id",
    "TenantId": "tenantId",
}


@command(app, "show", _COLUMNS)
def show(terminal: Terminal) -> dict[str, Any]:
    """Show who is signed in, and to which registry."""
    return shown(terminal.profiles.load())


@command(app, "list", _COLUMNS)
def list_all(terminal: Terminal) -> list[dict[str, Any]]:
    """List the sign-ins: the one there is."""
    return [shown(terminal.profiles.load())]


@command(app, "change-password")
def change_password(
    terminal: Terminal,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Take the present password and the new one from standard input, a line each.",
        ),
    ] = False,
) -> None:
    """Change your own password. Every sign-in of yours ends, this one too."""
    current, wanted = terminal.two_secrets(from_stdin=password_stdin)
    with terminal.session() as session:
        Users(session).change_own_password(current, wanted)
    terminal.profiles.delete()
    terminal.say("The password is changed. Sign in again with: sealyard login")


def shown(profile: Profile) -> dict[str, Any]:
    """Return what may be seen of a profile, in az's shape."""
    return {
        "environmentName": profile.server,
        "homeTenantId": profile.tenant_id,
        "id": profile.subscription_id,
        "isDefault": True,
        "managedByTenants": [],
        "name": profile.registry_name,
        "state": "Enabled",
        "tenantId": profile.tenant_id,
        "user": {"name": profile.user_name, "type": profile.user_type},
    }
