"""What keeps something of docker's from being verified; each ends it before docker starts.

::

    ClientError
    ├── UnverifiableError            it cannot be told what would be pulled
    │   ├── FileNotResolvedError     a Dockerfile, compose file or manifest, with the line
    │   └── ArgumentsNotReadError    the arguments of a docker command
    ├── PluginInTheWayError          another program has the plugin's name
    └── DockerMissingError           there is no docker command
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.client.errors import ClientError

if TYPE_CHECKING:
    from pathlib import Path


class UnverifiableError(ClientError):
    """It cannot be told which images would be used, so they cannot be verified."""


class FileNotResolvedError(UnverifiableError):
    """``line`` (from 1) of the file ``name`` cannot be resolved."""

    def __init__(self, name: str, line: int, reason: str) -> None:
        super().__init__(f"{name}, line {line}: {reason}")
        self.line = line


class ArgumentsNotReadError(UnverifiableError):
    """The arguments of a docker command are not understood well enough to be trusted."""

    def __init__(self, command: str, reason: str) -> None:
        super().__init__(
            f"docker{f' {command}' if command else ''} was not run, because what it would pull "
            f"cannot be verified: {reason}"
        )


class DockerMissingError(ClientError):
    """There is no docker command on the PATH."""

    def __init__(self) -> None:
        super().__init__("there is no docker command on the PATH; install the docker CLI")


class PluginInTheWayError(ClientError):
    """Where the plugin would be there is another file, which is not ours to replace."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not Sealyard's: move it away, or name another --dir")
        self.path = path
