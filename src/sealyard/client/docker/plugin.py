"""The CLI plugin ``docker-trust``: what docker starts for ``docker trust`` where it has none.

A plugin is a program ``docker-NAME`` in one of docker's folders. Asked
``docker-cli-plugin-metadata`` it says what it is; docker then starts it with its own name first
(``docker-trust trust sign …``).
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.docker.errors import PluginInTheWayError
from sealyard.client.trust.private_files import read_bounded
from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME: Final = "docker-trust"
METADATA: Final = "docker-cli-plugin-metadata"

_MARK: Final = "# written by: sealyard docker-plugin install"
_MOST_BYTES: Final = 64 * 1024
_EXECUTABLE: Final = 0o755


def metadata() -> str:
    """Return what docker is told: JSON in docker's schema 0.1.0."""
    return json.dumps(
        {
            "SchemaVersion": "0.1.0",
            "Vendor": "Sealyard",
            "Version": VERSION,
            "ShortDescription": "Manage trust on Docker images",
        }
    )


@dataclass(frozen=True, slots=True)
class Plugin:
    """The plugin in ``folder``; ``command`` is how Sealyard is started from anywhere."""

    folder: Path
    command: Sequence[str]

    @property
    def path(self) -> Path:
        """Where its file is."""
        return self.folder / NAME

    def install(self) -> None:
        """Write the file; raise ``PluginInTheWayError`` if there is another one, ``OSError``."""
        if self.path.exists() and not self.is_installed():
            raise PluginInTheWayError(self.path)
        self.folder.mkdir(parents=True, exist_ok=True)
        words = shlex.join([*self.command, "docker-plugin", "run"])
        new = self.path.with_suffix(".new")
        new.write_text(f'#!/bin/sh\n{_MARK}\nexec {words} "$@"\n', encoding="utf-8")
        new.chmod(_EXECUTABLE)
        new.replace(self.path)

    def uninstall(self) -> bool:
        """Remove the file; return whether it was there. Raise ``PluginInTheWayError``."""
        if not self.path.exists():
            return False
        if not self.is_installed():
            raise PluginInTheWayError(self.path)
        self.path.unlink()
        return True

    def is_installed(self) -> bool:
        """Tell whether the file is one that ``install`` wrote."""
        try:
            return _MARK.encode() in read_bounded(self.path, _MOST_BYTES)
        except OSError:
            return False
