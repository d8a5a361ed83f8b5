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
    from collections.abc import Iterator, Sequence

_SCRIPT_BYTES = 4096  # of a script that is looked into


def docker_program() -> str:
    """Return the docker command; raise ``DockerMissingError``.

    One that is this very program under another name, or a script that calls it, is passed over.
    """
    for found in _dockers():
        if not _calls_us(found):
            return str(found)
    raise DockerMissingError


def is_replaced() -> bool:
    """Tell whether who types ``docker``, or has it in a script, gets this program."""
    first = next(_dockers(), None)
    return first is not None and _calls_us(first)


def _dockers() -> Iterator[Path]:
    for folder in os.get_exec_path():
        found = shutil.which("docker", path=folder)
        if found is not None:
            yield Path(found)


def _calls_us(program: Path) -> bool:
    """Tell whether ``program`` would call us again, and so without an end."""
    if program.resolve() == Path(sys.argv[0]).resolve():
        return True
    try:
        with program.open("rb") as file:
            head = file.read(_SCRIPT_BYTES)
    except OSError:
        return False
    return head.startswith(b"#!") and b"sealyard docker" in head


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
