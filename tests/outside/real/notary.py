"""The notary command as one person uses it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from real.processes import Done, environment, program, run

if TYPE_CHECKING:
    from pathlib import Path

    from real.notary_server import NotaryServer
    from real.registry import Registry

PASSPHRASE = "notary passphrase 1"


class Notary:
    """``notary`` on a trust folder, signed in by its variable."""

    def __init__(
        self, registry: Registry | NotaryServer, home: Path, trust: Path | None = None
    ) -> None:
        self.trust = trust or home / "trust"
        config = home / "notary.json"
        home.mkdir(parents=True, exist_ok=True)
        server = {"url": registry.url, "root_ca": str(registry.ca)}
        config.write_text(json.dumps({"trust_dir": str(self.trust), "remote_server": server}))
        self._config = config
        self._server = registry.server
        self.env = environment(
            home,
            NOTARY_ROOT_PASSPHRASE=PASSPHRASE,
            NOTARY_TARGETS_PASSPHRASE=PASSPHRASE,
            NOTARY_SNAPSHOT_PASSPHRASE=PASSPHRASE,
            NOTARY_DELEGATION_PASSPHRASE=PASSPHRASE,
        )

    def login(self, name: str, password: str) -> Notary:
        """Use these credentials from now on."""
        self.env["NOTARY_AUTH"] = base64.b64encode(f"{name}:{password}".encode()).decode()
        return self

    def gun(self, repository: str) -> str:
        """Return the name of a repository's trust data."""
        return f"{self._server}/{repository}"

    def __call__(self, *arguments: str | Path, given: str | None = None) -> Done:
        """Run one command."""
        return run([program("notary"), "-c", self._config, *arguments], self.env, given=given)
