"""Images with real content: a Debian root file system in several layers, made once per machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from real.engine import docker
from real.processes import environment, program, run

if TYPE_CHECKING:
    from real.engine import Engine

# Kept between sessions: debootstrap fetches and unpacks 120 packages.
_KEPT = Path(os.environ.get("SEALYARD_TEST_CACHE", "/var/tmp/sealyard-outside"))  # noqa: S108 (root's own, checked below)
DEBIAN, SMALL, OTHER = "debian:outside", "small:outside", "other:outside"
_DOCKERFILE = f"""\
FROM {DEBIAN}-root
COPY perl /opt/perl
COPY documentation /opt/documentation
LABEL org.opencontainers.image.title="Debian in four layers"
"""


def debian_root() -> Path:
    """Return a tar file of a Debian root file system, making it if it is not there."""
    _KEPT.mkdir(mode=0o700, exist_ok=True)
    assert _KEPT.stat().st_uid == os.getuid(), f"{_KEPT} belongs to somebody else"
    tar = _KEPT / "debian.tar"
    if not tar.exists():
        root, unfinished = _KEPT / "root", _KEPT / "debian.tar.part"
        command = [program("debootstrap"), "--variant=minbase", "stable", str(root)]
        subprocess.run(command, check=True, capture_output=True, timeout=900)
        subprocess.run(["tar", "-C", root, "-cf", unfinished, "."], check=True)
        subprocess.run(["rm", "-rf", root], check=True)
        unfinished.rename(tar)
    return tar


def load(engine: Engine, folder: Path) -> None:
    """Put the three test images into the engine."""
    env = environment(folder / "home", DOCKER_HOST=engine.socket, DOCKER_BUILDKIT="0")
    tar = debian_root()
    run([docker(), "import", tar, f"{DEBIAN}-root"], env).ok()
    context = folder / "context"
    for name, source in (("perl", "usr/lib"), ("documentation", "usr/share")):
        (context / name).mkdir(parents=True)
        subprocess.run(
            ["tar", "-C", context / name, "-xf", tar, f"./{source}"], check=True, timeout=120
        )
    (context / "Dockerfile").write_text(_DOCKERFILE)
    run([docker(), "build", "-t", DEBIAN, context], env).ok()
    for image, word in ((SMALL, "small"), (OTHER, "other")):
        small = folder / word
        small.mkdir()
        (small / "hello").write_text(f"{word}\n")
        (small / "Dockerfile").write_text("FROM scratch\nCOPY hello /hello\n")
        run([docker(), "build", "-t", image, small], env).ok()
