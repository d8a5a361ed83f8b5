"""Somebody with keys at a terminal, before a registry in memory that has images and trust data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from publishing_machine import Machine, PublishingServer
from remote_registry import RemoteRegistry
from shell_setup import Ran, Shell
from trust_owner import NOW

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from sealyard.oci.digest import Digest

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"
PASSPHRASE = "a passphrase of tests"


@dataclass
class TrustShell:
    """One person's terminal. ``machine`` is the same person's folder, without the terminal."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    server: PublishingServer = field(default_factory=PublishingServer.empty)
    registry: RemoteRegistry = field(
        default_factory=lambda: RemoteRegistry(scheme="none", host="localhost:5443")
    )

    def __post_init__(self) -> None:
        for name in ("DOCKER_CONTENT_TRUST_SERVER", "SSL_CERT_FILE", "SEALYARD_ASKPASS"):
            self.monkeypatch.delenv(name, raising=False)
        self.monkeypatch.setenv("HOME", str(self.folder))
        self.monkeypatch.setenv("DOCKER_CONFIG", str(self.folder / "docker"))
        for kind in ("ROOT", "REPOSITORY"):
            self.monkeypatch.setenv(f"DOCKER_CONTENT_TRUST_{kind}_PASSPHRASE", PASSPHRASE)
        transport = httpx.MockTransport(self.answer)
        self._shell = Shell(transport, self.folder, self.monkeypatch, self.capsys, lambda: NOW)
        self.machine = Machine(self.server, self.folder / "docker" / "trust")

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as a registry whose trust data is on the same origin."""
        trust = "/_trust/" in request.url.path
        return self.server.answer(request) if trust else self.registry.answer(request)

    def run(self, *arguments: str, typed: str | None = None) -> Ran:
        """Run a command; ``typed`` is what a person types."""
        return self._shell.run("trust", *arguments, typed=typed)

    def done(self, *arguments: str, typed: str | None = None) -> Ran:
        """Run a command that has to succeed."""
        return self._shell.done("trust", *arguments, typed=typed)

    def image(
        self, tag: str, content: bytes = b'{"schemaVersion":2}', kind: str = MANIFEST
    ) -> Digest:
        """Have the registry hold ``content`` under ``tag``."""
        return self.registry.add_manifest(content, kind, tag)
