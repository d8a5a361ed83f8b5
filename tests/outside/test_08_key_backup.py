"""The keys in an archive, as the article makes it: lost, restored, and signing again."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from real.content import OTHER, SMALL
from real.processes import run

if TYPE_CHECKING:
    from pathlib import Path

    from real.engine import Docker

pytestmark = pytest.mark.usefixtures("signers")
BACKUP = "umask 077; tar -zcvf docker_private_keys_backup.tar.gz ~/.docker/trust/private; umask 022"


def _in_bash(docker: Docker, line: str, cwd: Path) -> None:
    run(["bash", "-c", line], {"PATH": os.environ["PATH"], "HOME": str(docker.home)}, cwd=cwd).ok()


def test_keys_come_back_from_the_backup_and_sign_again(publisher: Docker, tmp_path: Path) -> None:
    publisher.sign(SMALL, "kept/app:1").ok()
    publisher.sign(SMALL, "kept/second:1").ok()
    private = publisher.trust_folder / "private"
    kept = {path.name: path.read_bytes() for path in private.glob("*.key")}
    assert len(kept) == 3, "one root key and a key for each repository"
    _in_bash(publisher, BACKUP, tmp_path)
    archive = tmp_path / "docker_private_keys_backup.tar.gz"
    assert archive.stat().st_mode & 0o777 == 0o600

    shutil.rmtree(publisher.trust_folder)
    refused = publisher.sign(OTHER, "kept/app:2")
    refused.refused("could not find necessary signing keys")
    shutil.rmtree(publisher.trust_folder)

    _in_bash(publisher, f"tar -zxvf {archive} -C /", tmp_path)
    assert {path.name: path.read_bytes() for path in private.glob("*.key")} == kept
    publisher.sign(OTHER, "kept/app:2").ok()
    publisher.forget("kept/app:2")
    publisher.trusted("pull", publisher.name("kept/app:2")).ok()
    publisher.sign(OTHER, "kept/third:1").ok()
    assert len(list(private.glob("*.key"))) == 4, "the same root key serves a new repository"
