"""The client programs that are measured: each run is a process of its own, timed as a whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from administration import SEALYARD
from real.engine import docker
from servers import PASSWORD

if TYPE_CHECKING:
    from real.engine import Engine
    from servers import Server

_SAMPLE_SECONDS = 0.004
_PHRASES = {
    "DOCKER_CONTENT_TRUST": "1",
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": "root passphrase 1",
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "repository passphrase 1",
}


@dataclass(frozen=True, slots=True)
class Used:
    """What one run took: ``wall`` seconds from start to exit, ``peak`` bytes of memory."""

    wall: float
    peak: int


@dataclass(frozen=True, slots=True)
class Programs:
    """sealyard, docker and skopeo, signed in to ``server``, with folders of their own."""

    server: Server
    engine: Engine
    folder: Path

    def sign_in(self) -> None:
        """Give each program what it needs to reach the server."""
        authority = self.folder / "docker" / "tls" / self.server.host
        authority.mkdir(parents=True)
        shutil.copy(self.server.ca, authority / "ca.crt")
        login = [docker(), "login", self.server.host, "-u", "admin", "--password-stdin"]
        subprocess.run(login, env=self._env(), input=PASSWORD.encode(), check=True, stdout=-1)  # noqa: S603 (the program that is measured)

    def sealyard(self, *arguments: str) -> Used:
        """Run sealyard with content trust."""
        return self._timed([SEALYARD, *arguments], self._env(**_PHRASES))

    def docker(self, *arguments: str) -> Used:
        """Run docker with content trust."""
        return self._timed([docker(), *arguments], self._env(**_PHRASES))

    def plain_docker(self, *arguments: str) -> None:
        """Run docker without content trust, untimed."""
        self._timed([docker(), *arguments], self._env())

    def skopeo(self, source: str, target: str, *more: str) -> Used:
        """Copy with skopeo, which knows no content trust."""
        place = "src" if source.startswith("docker://") else "dest"
        access = [f"--{place}-creds=admin:{PASSWORD}", f"--{place}-cert-dir={self._authority}"]
        command = ["skopeo", "copy", "--quiet", *access, *more, source, target]
        return self._timed(command, self._env())

    @property
    def _authority(self) -> Path:
        return self.folder / "docker" / "tls" / self.server.host

    def _env(self, **more: str) -> dict[str, str]:
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DOCKER_CONFIG": str(self.folder / "docker"),
            "SEALYARD_CONFIG_DIR": str(self.folder / "cli"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "DOCKER_HOST": self.engine.socket,
        }
        return own | more

    def _timed(self, command: list[str], env: dict[str, str]) -> Used:
        with (self.folder / "client.log").open("wb") as log:
            began = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 (a program that is measured)
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            peak = 0
            while process.poll() is None:
                peak = max(peak, _peak(process.pid))
                time.sleep(_SAMPLE_SECONDS)
            wall = time.perf_counter() - began
        if process.returncode:
            shown = (self.folder / "client.log").read_text(errors="replace")
            message = f"{' '.join(command)} ended with {process.returncode}:\n{shown}"
            raise SystemExit(message)
        return Used(wall, peak)


def _peak(pid: int) -> int:
    """Return the most memory that a process had resident so far, as the kernel counts it."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found is not None else 0
