"""A running Sealyard, started as a person would start it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Self

from real.processes import Done, Running, environment, free_port, run, wait_until

OWNER_PASSWORD = "an Owner's long password"
NAME = "myregistry"
SEALYARD = Path(sys.executable).with_name("sealyard")


class Registry:
    """``sealyard serve`` on a data folder of its own."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.server = f"localhost:{self.port}"
        self.url = f"https://{self.server}"
        self.ca = self.data / "tls" / "ca.pem"
        self._flags = flags
        self._environment = environment(
            folder / "server-home", SEALYARD_ADMIN_PASSWORD=OWNER_PASSWORD
        )
        self._running: Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop it and remove its data, which pytest would keep for its last runs."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def start(self, *flags: str) -> Registry:
        """Start it and wait until it listens; ``flags`` are for this and later starts."""
        self._flags += flags
        log = self.folder / f"server-{len(list(self.folder.glob('server-*.log')))}.log"
        command = [str(SEALYARD), "serve", "--data-dir", str(self.data), "--listen", self.server]
        self._running = Running([*command, "--name", NAME, *self._flags], self._environment, log)
        try:
            self._wait(f"listening on {self.url}")
        except AssertionError:
            self.kill()
            raise
        return self

    def _wait(self, line: str) -> None:
        wait_until(line, lambda: line in self.log() or not self._process.alive, 60)
        assert self._process.alive, self.log()

    def stop(self) -> None:
        """Stop it; a traceback in its log is a failure of whichever test made it."""
        if self._running is not None:
            self._running.stop()
            assert "Traceback" not in self.log(), self.log()

    def kill(self) -> None:
        """Kill all its processes at once."""
        self._process.kill()

    def log(self) -> str:
        """Return what the server printed since its last start."""
        return self._process.log()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._process.pid

    @property
    def _process(self) -> Running:
        assert self._running is not None, "start it first"
        return self._running


class Cli:
    """The ``sealyard`` command as one person uses it, with a home of its own."""

    def __init__(self, registry: Registry, home: Path) -> None:
        self.registry = registry
        self.env = environment(home, SEALYARD_CONFIG_DIR=str(home / "sealyard"))

    def __call__(self, *arguments: str, given: str | None = None) -> Done:
        """Run one command."""
        return run([SEALYARD, *arguments], self.env, given=given)

    def json(self, *arguments: str, given: str | None = None) -> Any:  # noqa: ANN401 (plain JSON)
        """Run one command that succeeds and return what it printed as JSON."""
        return json.loads(self(*arguments, "--output", "json", given=given).ok().out)

    def login(self, name: str = "admin", password: str = OWNER_PASSWORD) -> Done:
        """Sign in."""
        where = ("--server", self.registry.url, "--ca-file", str(self.registry.ca))
        return self("login", *where, "--username", name, "--password-stdin", given=password)

    def registry_id(self) -> str:
        """Return the registry's resource id, as the article's script finds it."""
        return (
            self("acr", "show", "--name", NAME, "--query", "id", "--output", "tsv").ok().out.strip()
        )

    def trust(self, status: str) -> Done:
        """Switch content trust on or off."""
        update = ("acr", "config", "content-trust", "update", "-r", NAME, "--status", status)
        return self(*update, *(["--yes"] if status == "disabled" else []))

    def grant(self, role: str, assignee: str, scope: str = "") -> Done:
        """Grant a role, at the registry unless another scope is given."""
        where = ("--scope", scope or self.registry_id())
        return self("role", "assignment", "create", "--role", role, "--assignee", assignee, *where)

    def revoke(self, role: str, assignee: str) -> Done:
        """Take a role back."""
        where = ("--scope", self.registry_id())
        return self("role", "assignment", "delete", "--role", role, "--assignee", assignee, *where)

    def new_user(self, name: str, password: str) -> None:
        """Make a user ``name@example.com``."""
        named = ("--user-principal-name", f"{name}@example.com", "--display-name", name)
        self("ad", "user", "create", *named, "--password-stdin", given=password).ok()
