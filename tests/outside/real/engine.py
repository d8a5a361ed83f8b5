"""A Docker Engine of the tests' own, and the docker command as one person uses it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Self

import pexpect

from real.processes import Done, Running, environment, program, run, wait_until

ROOT_PASSPHRASE, REPOSITORY_PASSPHRASE = "root passphrase 1", "repository passphrase 1"


class Engine:
    """``dockerd`` with its own folders and socket, reaching nothing but the loopback.

    It needs root. Without a bridge it touches no network of the machine; nothing is run in it, and
    builds only copy. What ``localhost`` and 127.0.0.1 serve it takes without a trusted certificate;
    the docker command is given the registry's authority (see ``Docker``).
    """

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self.socket = f"unix://{folder / 'd.sock'}"
        command = [program("dockerd"), "-H", self.socket, "--pidfile", f"{folder}/pid"]
        command += ["--data-root", str(self._data), "--exec-root", f"{folder}/exec"]
        command += ["--bridge=none", "--iptables=false"]
        self._running = Running(command, os.environ, folder / "dockerd.log")
        try:
            self._wait(folder)
        except AssertionError:
            self._running.kill()
            raise

    def _wait(self, folder: Path) -> None:
        env = environment(folder / "home", DOCKER_HOST=self.socket)
        wait_until("dockerd answers", lambda: run([docker(), "version"], env).code == 0, 60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop it and remove its images."""
        self._running.stop()
        shutil.rmtree(self._data, ignore_errors=True)


def docker() -> str:
    """Find the docker command that still has content trust: 28 or older."""
    found = [name for name in ("/usr/local/bin/docker", "/usr/bin/docker") if Path(name).exists()]
    for name in found:
        version = run([name, "--version"], {"PATH": os.environ["PATH"]}).ok().out
        if int(version.split()[2].partition(".")[0]) <= 28:
            return name
    message = f"no docker command up to version 28 among {found}: run make install-outside"
    raise AssertionError(message)


class Docker:
    """The docker command with a home of its own: its sign-ins, its keys, its trust data."""

    def __init__(self, engine: Engine, server: str, ca: Path, home: Path) -> None:
        self.home = home
        self.server = server
        self.env = environment(home, DOCKER_HOST=engine.socket, DOCKER_BUILDKIT="0")
        authority = home / ".docker" / "tls" / server
        authority.mkdir(parents=True)
        shutil.copy(ca, authority / "ca.crt")

    @property
    def trust_folder(self) -> Path:
        """Where docker keeps keys and trust data."""
        return self.home / ".docker" / "trust"

    def name(self, image: str) -> str:
        """Return ``image`` as it is called in this registry."""
        return f"{self.server}/{image}"

    def __call__(
        self,
        *arguments: str | Path,
        given: str | None = None,
        cwd: Path | None = None,
        **variables: str,
    ) -> Done:
        """Run docker without content trust."""
        return run([docker(), *arguments], {**self.env, **variables}, given=given, cwd=cwd)

    def trusted(self, *arguments: str, cwd: Path | None = None, **variables: str) -> Done:
        """Run docker with content trust and the passphrases in its variables."""
        phrases = {
            "DOCKER_CONTENT_TRUST": "1",
            "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": ROOT_PASSPHRASE,
            "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": REPOSITORY_PASSPHRASE,
        }
        return self(*arguments, given=None, cwd=cwd, **(phrases | variables))

    def at_terminal(self, *arguments: str, **variables: str) -> pexpect.spawn[str]:
        """Start docker at a terminal, with content trust, to be prompted."""
        return pexpect.spawn(
            docker(),
            list(arguments),
            env={**self.env, "DOCKER_CONTENT_TRUST": "1", "TERM": "dumb", **variables},
            encoding="utf-8",
            timeout=60,
            dimensions=(24, 240),
        )

    def login(self, name: str, password: str) -> Done:
        """Sign in to the registry."""
        return self("login", self.server, "--username", name, "--password-stdin", given=password)

    def push(self, source: str, image: str) -> Done:
        """Tag ``source`` as ``image`` and push it unsigned."""
        self("tag", source, self.name(image)).ok()
        return self("push", self.name(image))

    def sign(self, source: str, image: str) -> Done:
        """Tag ``source`` as ``image`` and push it signed."""
        self("tag", source, self.name(image)).ok()
        return self.trusted("push", self.name(image))

    def forget(self, image: str) -> None:
        """Drop ``image`` from the engine, so that the next pull has to fetch it."""
        self("image", "rm", "--force", self.name(image)).ok()
