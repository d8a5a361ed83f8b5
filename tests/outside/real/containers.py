"""skopeo and podman, signed in as the first Owner."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

from real.processes import Done, environment, program, run
from real.registry import OWNER_PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from real.registry import Registry


class _Client:
    def __init__(self, registry: Registry, folder: Path) -> None:
        self._server = registry.server
        self._certificates = folder / "certificates"
        self._certificates.mkdir(parents=True, exist_ok=True)
        shutil.copy(registry.ca, self._certificates / "ca.crt")
        self._env = environment(folder / "home", TMPDIR=str(folder), XDG_RUNTIME_DIR=str(folder))

    def image(self, name: str) -> str:
        """Return ``name`` in the registry as these programs spell it."""
        return f"docker://{self._server}/{name}"

    def access(self, prefix: str = "") -> list[str]:
        """Return the flags that make the registry reachable."""
        where = f"--{prefix}cert-dir={self._certificates}"
        return [where, f"--{prefix}creds=admin:{OWNER_PASSWORD}"]


class Skopeo(_Client):
    """The ``skopeo`` command."""

    def __call__(self, *arguments: str) -> Done:
        """Run one command."""
        return run([program("skopeo"), *arguments], self._env)


class Podman(_Client):
    """The ``podman`` command with a storage of its own."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        super().__init__(registry, folder)
        # Its run folder may have no more than 50 characters.
        self._short = tempfile.mkdtemp(prefix="pod")
        storage = ["--root", str(folder / "storage"), "--runroot", self._short]
        self._command = [program("podman"), *storage, "--storage-driver", "vfs"]

    def __call__(self, *arguments: str) -> Done:
        """Run one command."""
        return run([*self._command, *arguments], self._env)

    def close(self) -> None:
        """Remove the run folder."""
        shutil.rmtree(self._short, ignore_errors=True)
