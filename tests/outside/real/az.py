"""The real Azure CLI as one person uses it, in each of the versions that are installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from real.engine import docker
from real.processes import Done, Running, environment, run
from real.registry import NAME

if TYPE_CHECKING:
    from real.engine import Engine
    from real.registry import Registry

OLDER: Final = "az-2.86"  # the last that switches content trust on by a command of its own
NEWEST: Final = "az-newest"
_INSTALLED: Final = Path(__file__).parents[3] / ".outside"
_CLOUD: Final = "sealyard"
_TRUST: Final = '{"properties":{"policies":{"trustPolicy":{"type":"Notary","status":"enabled"}}}}'
# az imports all its commands once to learn their names; what it learned holds for every person.
_LEARNED: Final = "commandIndex.json"
_NOWHERE: Final = "http://127.0.0.1:9"  # nobody listens on the port that discards


class Az:
    """``az`` with a configuration of its own, for which this registry is all there is.

    Whatever it would ask of other hosts goes to a proxy that does not exist.
    """

    def __init__(self, version: str, registry: Registry, home: Path) -> None:
        self.version = version
        self.registry = registry
        folder = _INSTALLED / version
        assert (folder / "bin" / "az").exists(), f"{version} is missing: run make install-outside"
        self.config = home / "azure"
        self.env = environment(
            home,
            AZURE_CONFIG_DIR=str(self.config),
            AZURE_CORE_COLLECT_TELEMETRY="no",
            AZURE_CORE_SURVEY_MESSAGE="no",
            REQUESTS_CA_BUNDLE=str(registry.ca),
            HTTP_PROXY=_NOWHERE,
            HTTPS_PROXY=_NOWHERE,
            NO_PROXY="localhost",
        )
        self.env["PATH"] = f"{folder / 'bin'}:{self.env['PATH']}"
        self._learned = folder / _LEARNED
        if self._learned.exists():
            self.config.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._learned, self.config)

    def __call__(self, *arguments: str, given: str | None = None, **variables: str) -> Done:
        """Run one command."""
        return self.shell('az "$@"', *arguments, given=given, **variables)

    def shell(
        self, script: str, *arguments: str, given: str | None = None, **variables: str
    ) -> Done:
        """Run lines of a script in which ``az`` is this one; stop at the first that fails."""
        command = ["bash", "-euo", "pipefail", "-c", script, "az", *arguments]
        return run(command, {**self.env, **variables}, given=given)

    def started(self, log: Path, *arguments: str) -> Running:
        """Start one command that waits for somebody; what it prints goes to ``log``."""
        return Running([_INSTALLED / self.version / "bin" / "az", *arguments], self.env, log)

    def json(self, *arguments: str, given: str | None = None) -> Any:  # noqa: ANN401 (plain JSON)
        """Run one command that succeeds and return what it printed as JSON."""
        return json.loads(self(*arguments, "--output", "json", given=given).ok().out)

    def value(self, *arguments: str) -> str:
        """Run one command that succeeds and return the one value that it printed."""
        return self(*arguments, "--output", "tsv").ok().out.strip()

    def register(self) -> Az:
        """Register the server as a cloud, by its address alone, and use it."""
        where = ("--endpoint-resource-manager", self.registry.url)
        self("cloud", "register", "--name", _CLOUD, *where).ok()
        self("cloud", "set", "--name", _CLOUD).ok()
        if not self._learned.exists() and (self.config / _LEARNED).exists():
            shutil.copy(self.config / _LEARNED, self._learned)
        return self

    def somebody_else(self, name: str) -> Az:
        """Return the az of another person, who has not signed in."""
        return Az(self.version, self.registry, self.config.parent.with_name(name)).register()

    def new_user(self, name: str, password: str, *roles: str) -> None:
        """Make a user who holds ``roles`` in the registry."""
        named = ("--user-principal-name", name, "--display-name", name)
        self("ad", "user", "create", *named, "--password", password).ok()
        for role in roles:
            self.grant(role, name).ok()

    def grant(self, role: str, assignee: str) -> Done:
        """Grant a role at the registry."""
        where = ("--scope", self.registry_id())
        return self("role", "assignment", "create", "--role", role, "--assignee", assignee, *where)

    def registry_id(self) -> str:
        """Return the registry's resource id."""
        return self.value("acr", "show", "--name", NAME, "--query", "id")

    def enable_content_trust(self) -> Done:
        """Switch content trust on, as the newest az can."""
        url = f"{self.registry_id()}?api-version=2023-07-01"
        return self("rest", "--method", "patch", "--url", url, "--body", _TRUST)

    def login(self, name: str, password: str) -> Done:
        """Sign in as a user."""
        return self("login", "--username", name, "--password", password)

    def login_service(self, app_id: str, secret: str, tenant: str) -> Done:
        """Sign in as a service principal."""
        named = ("--username", app_id, "--password", secret, "--tenant", tenant)
        return self("login", "--service-principal", *named)

    def docker_login(self, engine: Engine, home: Path) -> Done:
        """Sign docker in to the registry; its configuration is in ``home``."""
        path = f"{Path(docker()).parent}:{self.env['PATH']}"
        configuration = str(home / ".docker")
        return self(
            "acr", "login", "--name", NAME,
            PATH=path, DOCKER_HOST=engine.socket, DOCKER_CONFIG=configuration,
        )  # fmt: skip
