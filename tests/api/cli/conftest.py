"""A person who is signed in as the first Owner, for each test a registry of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shell_setup import OwnersShell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[OwnersShell]:
    shell = OwnersShell(tmp_path, monkeypatch, capsys)
    yield shell
    shell.server.close()
