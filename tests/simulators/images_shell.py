"""Commands about images, run in process against a registry in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from remote_registry import ALICE, RemoteRegistry
from sealyard.cli.main import main
from sealyard.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class ImagesShell:
    """One person's terminal: signed in with docker's configuration, by name and password."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    registry: RemoteRegistry

    def __post_init__(self) -> None:
        docker = self.folder / "docker"
        docker.mkdir()
        entry = {"username": ALICE.name, "password": ALICE.password}
        (docker / "config.json").write_text(json.dumps({"auths": {self.registry.host: entry}}))
        for name in ("DOCKER_CONTENT_TRUST", "DOCKER_CONTENT_TRUST_SERVER", "SSL_CERT_FILE"):
            self.monkeypatch.delenv(name, raising=False)
        self.monkeypatch.setenv("DOCKER_CONFIG", str(docker))

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; return its exit code and what it wrote to both outputs."""
        transport = httpx.MockTransport(self.registry.answer)
        terminal = Terminal(folder=self.folder / "sealyard", transport=transport)
        with pytest.raises(SystemExit) as exited:
            main(list(arguments), terminal)
        told = self.capture.readouterr()
        code = exited.value.code
        return code if isinstance(code, int) else 0, told.out, told.err

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 (plain JSON)
        """Run a command that has to work; return what it answers."""
        code, out, err = self.run(*arguments)
        assert code == 0, err
        return json.loads(out)
