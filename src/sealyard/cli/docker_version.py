"""Which docker command there is: its version decides whether it honours content trust."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Final

_SECONDS: Final = 20.0
_VERSION = re.compile(r"version (\d+)\.[\w.+-]*")


@dataclass(frozen=True, slots=True)
class DockerVersion:
    """What ``docker --version`` says; ``major`` is ``None`` if that is not to be told."""

    text: str
    major: int | None


def docker_version(program: str) -> DockerVersion:
    """Ask ``program`` for its version; one that does not answer has none."""
    try:
        done = subprocess.run(  # noqa: S603 (the user's own docker, no shell)
            [program, "--version"], capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return DockerVersion(str(error), None)
    text = done.stdout.decode(errors="replace").strip()[:200]
    match = _VERSION.search(text)
    return DockerVersion(text, int(match[1]) if match else None)
