"""Somebody at a terminal: the command line against the management doors, all in one process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from directory_setup import OWNER, OWNER_PASSWORD
from management_setup import SERVER, ManagementSetup
from sealyard.cli.main import main
from sealyard.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx


class TypedInput(io.StringIO):
    """Standard input that is a person's terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Ran:
    """What a command did: its exit code, its answer, and what it told the person."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 (plain JSON)
        return json.loads(self.out)


def _now() -> datetime:
    return datetime.now(UTC)


class Shell:
    """Somebody at a terminal."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.terminal = Terminal(folder / "config", clock, transport)
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str, stdin: str | None = None, typed: str | None = None) -> Ran:
        """Run a command; ``typed`` is what a person types, ``stdin`` comes from a pipe."""
        given = TypedInput(typed) if typed is not None else io.StringIO(stdin or "")
        self._monkeypatch.setattr("sys.stdin", given)
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as exited:
            main(list(arguments), self.terminal)
        told = self._capsys.readouterr()
        return Ran(int(exited.value.code or 0), told.out, told.err)

    def done(self, *arguments: str, stdin: str | None = None, typed: str | None = None) -> Ran:
        """Run a command that has to succeed."""
        ran = self.run(*arguments, stdin=stdin, typed=typed)
        assert ran.code == 0, ran.err
        return ran

    def sign_in(
        self, name: str = OWNER, password: str = OWNER_PASSWORD, server: str = SERVER
    ) -> None:
        self.done(
            "login", "--server", server, "--username", name, "--password-stdin", stdin=password
        )


class OwnersShell(Shell):
    """The first Owner's, with the server at hand."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.server = ManagementSetup(folder)
        clock = self.server.directory.clock
        super().__init__(self.server.transport, folder, monkeypatch, capsys, clock)
        self.sign_in()
