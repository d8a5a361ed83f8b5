"""The real docker command: found on the PATH, run, or put in the place of this process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from sealyard.client.docker.errors import DockerMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence


def docker_program() -> str:
    """Return the docker command; raise ``DockerMissingError``.

    One that is this very program under another name is passed over: it would call itself.
    """
    own = Path(sys.argv[0]).resolve()
    for folder in os.get_exec_path():
        found = shutil.which("docker", path=folder)
        if found is not None and Path(found).resolve() != own:
            return found
    raise DockerMissingError


def become_docker(words: Sequence[str], *, trust_is_off: bool) -> NoReturn:
    """Run docker in the place of this process: same terminal, same signals, same exit code.

    With ``trust_is_off`` docker does not verify by itself what was verified already, or what
    somebody has chosen not to have verified.
    """
    program = docker_program()
    sys.stdout.flush()
    os.execve(program, ["docker", *words], _environment(trust_is_off=trust_is_off))  # noqa: S606 (the user's own docker, no shell)


def run_docker(words: Sequence[str]) -> None:
    """Run docker and come back; end with its exit code if it fails."""
    sys.stdout.flush()
    done = subprocess.run(  # noqa: S603 (the user's own docker, no shell)
        [docker_program(), *words], env=_environment(trust_is_off=True), check=False
    )
    if done.returncode:
        raise typer.Exit(done.returncode)


def _environment(*, trust_is_off: bool) -> dict[str, str]:
    return {**os.environ, "DOCKER_CONTENT_TRUST": "0"} if trust_is_off else dict(os.environ)
