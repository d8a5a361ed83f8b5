"""Which docker is run: the real one, behind whatever stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.cli.docker_process import docker_program, is_replaced
from sealyard.client.docker.errors import DockerMissingError

if TYPE_CHECKING:
    from pathlib import Path

SHIM = '#!/bin/sh\nexec sealyard docker "$@"\n'


def program(folder: Path, content: str) -> Path:
    folder.mkdir()
    file = folder / "docker"
    file.write_text(content)
    file.chmod(0o755)
    return file


def test_a_script_that_calls_sealyard_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = program(tmp_path / "shims", SHIM)
    real = program(tmp_path / "bin", "#!/bin/sh\necho real\n")
    monkeypatch.setenv("PATH", f"{shim.parent}:{real.parent}")
    assert docker_program() == str(real)
    assert is_replaced()
    monkeypatch.setenv("PATH", f"{real.parent}:{shim.parent}")
    assert docker_program() == str(real)
    assert not is_replaced()


def test_without_the_real_one_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(program(tmp_path / "shims", SHIM).parent))
    with pytest.raises(DockerMissingError):
        docker_program()
