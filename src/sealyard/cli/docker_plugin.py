"""``sealyard docker-plugin``: `docker trust` again, where docker has none."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sealyard.cli.commands import group, plain
from sealyard.cli.docker import PassedOn
from sealyard.cli.docker_process import docker_program
from sealyard.cli.docker_version import docker_version
from sealyard.cli.terminal import Terminal
from sealyard.client.docker.arguments import read
from sealyard.client.docker.errors import DockerMissingError
from sealyard.client.docker.flags import GLOBAL
from sealyard.client.docker.plugin import METADATA, Plugin, metadata
from sealyard.errors import SealyardError

app = group("The CLI plugin docker-trust, for a docker that has no `docker trust`.")

Folder = Annotated[
    Path | None,
    typer.Option("--dir", metavar="DIR", help="Default: cli-plugins in docker's folder."),
]
_LAST_WITH_TRUST = 28


class PluginAbsentError(SealyardError):
    """The plugin is not installed."""


@plain(app, "install")
def install(terminal: Terminal, folder: Folder = None) -> None:
    """Put the plugin into docker's folder for plugins."""
    plugin = _plugin(terminal, folder)
    plugin.install()
    print(f"Installed {plugin.path}")
    try:
        major = docker_version(docker_program()).major
    except DockerMissingError as error:
        terminal.say(str(error))
        return
    if major is not None and major <= _LAST_WITH_TRUST:
        terminal.say(
            f"This docker has a `docker trust` of its own (version {major}), which it prefers; the "
            "plugin takes its place from version 29 on."
        )


@plain(app, "uninstall")
def uninstall(terminal: Terminal, folder: Folder = None) -> None:
    """Remove it again."""
    plugin = _plugin(terminal, folder)
    print(f"Removed {plugin.path}" if plugin.uninstall() else f"{plugin.path} is not there")


@plain(app, "status")
def status(terminal: Terminal, folder: Folder = None) -> None:
    """Say whether it is installed; exit with 1 if not."""
    plugin = _plugin(terminal, folder)
    if not plugin.is_installed():
        message = f"{plugin.path} is not installed: sealyard docker-plugin install"
        raise PluginAbsentError(message)
    print(f"{plugin.path} is installed")


@plain(app, "run", cls=PassedOn, hidden=True)
def run(
    terminal: Terminal, arguments: Annotated[list[str] | None, typer.Argument()] = None
) -> None:
    """Be the plugin, as docker starts it."""
    from sealyard.cli.main import main  # noqa: PLC0415 (each imports the other)

    words = arguments or []
    if words[:1] == [METADATA]:
        print(metadata())
        return
    before = read("", words, GLOBAL)  # docker hands its own flags on, before the plugin's name
    for value in before.values("config"):
        os.environ["DOCKER_CONFIG"] = value
    main(["trust", *(words[at] for at in before.positions[1:])], terminal)


def _plugin(terminal: Terminal, folder: Path | None) -> Plugin:
    own = Path(sys.argv[0])
    command = [str(own.resolve())] if own.exists() else [sys.executable, "-m", "sealyard"]
    return Plugin(folder or terminal.surroundings.docker_folder / "cli-plugins", command)
