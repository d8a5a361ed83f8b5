"""What the supervisor makes of workers that do not stay up."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# A process of its own: the supervisor forks, which a process with threads must not.
PROGRAM = """
import sys
from sealyard.serving.supervisor import Supervisor
from sealyard.settings import load

class Failing(Supervisor):
    def _prepare(self):
        return 0

    def _serve(self, ready):
        return 3

sources = {"data_dir": sys.argv[1], "listen": "127.0.0.1:0"}
sys.exit(Failing(load(sources, {}, None)).run())
"""


def test_a_server_whose_workers_do_not_start_ends_as_failed(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1, ended.stderr
    assert "ended with 3" in ended.stderr
    assert "the workers do not stay up" in ended.stderr
