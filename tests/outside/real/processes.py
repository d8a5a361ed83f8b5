"""Programs: run to their end, or kept running until they are no longer needed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """A program that has ended."""

    command: str
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything it printed."""
        return self.out + self.err

    def ok(self) -> Done:
        """Return itself; fail with what it printed if it did not succeed."""
        assert self.code == 0, f"{self.command} ended with {self.code}:\n{self.text}"
        return self

    def refused(self, *says: str, code: int = 1) -> Done:
        """Return itself; fail unless it ended with ``code`` and said each of ``says``."""
        assert self.code == code, f"{self.command} ended with {self.code}:\n{self.text}"
        for text in says:
            assert text in self.text, f"{text!r} is not in what {self.command} said:\n{self.text}"
        return self


def run(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    *,
    given: str | None = None,
    cwd: Path | None = None,
    seconds: float = 240,
) -> Done:
    """Run ``command`` to its end with ``given`` as its input."""
    done = subprocess.run(
        [str(part) for part in command],
        env=dict(env),
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=cwd,
        timeout=seconds,
        check=False,
    )
    named = " ".join(str(part) for part in command[:4])
    return Done(named, done.returncode, done.stdout, done.stderr)


def program(name: str) -> str:
    """Find a program; one that is not installed is a failure, never a reason to skip."""
    found = shutil.which(name)
    assert found, f"{name} is not installed: run make install-outside"
    return found


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for ``condition``; fail naming ``what`` after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Make an environment with nothing of this process's in it but the path."""
    home.mkdir(parents=True, exist_ok=True)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **more}


class Running:
    """A program that runs in a process group of its own."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The program's process id, which is its group's too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def log(self) -> str:
        """Return what it printed so far."""
        return self._log.read_text(errors="replace")

    def stop(self, seconds: float = 40) -> None:
        """Ask it to end and wait."""
        if self.alive:
            self._process.terminate()
            self._process.wait(seconds)

    def ended(self, seconds: float) -> None:
        """Wait until it ends by itself; kill it and fail if it does not."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        assert self._process.returncode == 0, self.log()

    def kill(self) -> None:
        """Kill the whole group at once, as a loss of power would."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait(20)
