"""``sealyard acr login``: the docker command signed in as who is signed in here."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import Annotated, Final

import typer

from sealyard.cli.commands import command
from sealyard.cli.options import RegistryName
from sealyard.cli.terminal import Terminal
from sealyard.client.management.registry import Registries
from sealyard.client.management.repositories import Entry, Repositories
from sealyard.errors import SealyardError

# The user name that stands for "the password is a refresh token" (Azure's).
_TOKEN_USER: Final = "00000000-0000-0000-0000-000000000000"  # noqa: S105 (a user name)


class DockerFailedError(SealyardError):
    """The docker command is not there, or refused."""


app = typer.Typer(add_completion=False)


@command(app, "login")
def login(
    terminal: Terminal,
    name: RegistryName,
    expose_token: Annotated[
        bool,
        typer.Option("--expose-token", help="Print the token instead of giving it to docker."),
    ] = False,
) -> Entry | None:
    """Sign docker in to the registry, for three hours, as who is signed in here.

    Where there is no docker, --expose-token prints what any other client can sign in with.
    """
    with terminal.session() as session:
        server = Registries(session).show(name)["loginServer"]
        token = Repositories(session, server).refresh_token()
    if expose_token:
        return {
            "accessToken": token,
            "refreshToken": token,
            "loginServer": server,
            "username": _TOKEN_USER,
        }
    _sign_docker_in(terminal, server, token)
    terminal.say(f"docker is signed in to {server}.")
    return None


def _sign_docker_in(terminal: Terminal, server: str, token: str) -> None:
    words = shlex.split(os.environ.get("DOCKER_COMMAND", "docker"))
    arguments = ["login", "--username", _TOKEN_USER, "--password-stdin", server]
    try:
        ran = subprocess.run(  # noqa: S603 (the user's own docker, no shell)
            [*words, *arguments], input=token.encode(), capture_output=True, check=False
        )
    except OSError as error:
        message = f"docker cannot be run ({error}); install it, or use --expose-token"
        raise DockerFailedError(message) from error
    if ran.returncode:
        terminal.say(ran.stderr.decode(errors="replace").rstrip("\n"))
        message = f"docker login ended with {ran.returncode}; what it said is above"
        raise DockerFailedError(message)
