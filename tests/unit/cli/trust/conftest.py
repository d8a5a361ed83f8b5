"""A person with docker's folder and Sealyard's, before a trust server that can be hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from hostile_trust_server import HostileTrustServer
from shell_setup import Shell
from trust_owner import NOW

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def server() -> HostileTrustServer:
    return HostileTrustServer()


@pytest.fixture
def shell(
    server: HostileTrustServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    for variable in ("DOCKER_CONTENT_TRUST_SERVER", "SSL_CERT_FILE", "SEALYARD_CONFIG_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("HOME", str(tmp_path))
    transport = httpx.MockTransport(server.answer)
    return Shell(transport, tmp_path, monkeypatch, capsys, lambda: NOW)
