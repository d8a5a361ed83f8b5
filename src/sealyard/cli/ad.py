"""``sealyard ad``: users, service principals, applications and groups of the directory."""

from __future__ import annotations

from sealyard.cli.ad_app import applications
from sealyard.cli.ad_group import groups
from sealyard.cli.ad_sp import service_principals
from sealyard.cli.ad_user import signed_in_user, users
from sealyard.cli.commands import group

app = group("Look after users, service principals and groups.")
app.add_typer(users, name="user")
app.add_typer(service_principals, name="sp")
app.add_typer(applications, name="app")
app.add_typer(groups, name="group")
app.add_typer(signed_in_user, name="signed-in-user")
