"""Images with real content: a Debian root file system in several layers, made once per machine."""

from __future__ import annotations

import os
import shutil
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
        env = {"PATH": os.environ["PATH"]}
        run(["rm", "-rf", root], env).ok()  # what an interrupted run left
        make = [program("debootstrap"), "--variant=minbase", "stable", str(root)]
        run(make, env, seconds=900).ok()
        run(["tar", "-C", root, "-cf", unfinished, "."], env).ok()
        run(["rm", "-rf", root], env).ok()
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
        run(["tar", "-C", context / name, "-xf", tar, f"./{source}"], env).ok()
    (context / "Dockerfile").write_text(_DOCKERFILE)
    run([docker(), "build", "-t", DEBIAN, context], env).ok()
    shutil.rmtree(context)
    for image, word in ((SMALL, "small"), (OTHER, "other")):
        small = folder / word
        small.mkdir()
        (small / "hello").write_text(f"{word}\n")
        (small / "Dockerfile").write_text("FROM scratch\nCOPY hello /hello\n")
        run([docker(), "build", "-t", image, small], env).ok()
