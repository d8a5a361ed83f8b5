"""Signing in to a measured Sealyard and letting its Owner sign, by its own command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from servers import PASSWORD

if TYPE_CHECKING:
    from servers import Server

SEALYARD = str(Path(sys.executable).with_name("sealyard"))


def enable_trust(server: Server, config: Path) -> None:
    """Switch content trust on and grant the Owner the right to sign; ``config`` stays signed in."""
    env = {**os.environ, "SEALYARD_CONFIG_DIR": str(config)}

    def command(*arguments: str, given: str | None = None) -> str:
        done = subprocess.run(  # noqa: S603 (our own program)
            [SEALYARD, *arguments], env=env, input=given, text=True, check=True, stdout=-1
        )
        return str(done.stdout).strip()

    where = ("--server", server.base, "--ca-file", str(server.ca))
    command("login", *where, "--username", "admin", "--password-stdin", given=PASSWORD)
    status = ("-r", "myregistry", "--status", "enabled")
    command("acr", "config", "content-trust", "update", *status)
    scope = command("acr", "show", "-n", "myregistry", "--query", "id", "-o", "tsv")
    grant = ("--role", "AcrImageSigner", "--assignee", "admin@myregistry.local")
    command("role", "assignment", "create", "--scope", scope, *grant)
