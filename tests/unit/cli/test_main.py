from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sealyard.cli.main import PLACES, main
from sealyard.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = (
    "httpx", "jmespath", "yaml", "rich", "msgspec", "sqlalchemy", "uvicorn", "sealyard.serving",
    "sealyard.bootstrap", "sealyard.client",
)  # fmt: skip


def test_a_start_imports_nothing_that_it_does_not_use() -> None:
    code = (
        "import sys; import sealyard.cli.main; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# `sealyard docker --help` becomes docker, and with it the process that runs these tests.
@pytest.mark.parametrize("name", [name for name in PLACES if name != "docker"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main([name, "--help"])
    assert exited.value.code == 0
    assert capsys.readouterr().out.startswith(f"Usage: sealyard {name} ")


def test_who_is_asked_to_end_leaves_nothing_half_done(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, tempfile\n"
        "from sealyard.cli import main as cli\n"
        "def told(*_, **__):\n"
        f"    with tempfile.TemporaryDirectory(dir={str(tmp_path)!r}):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        signal.pause()\n"
        "cli.typer.main.get_command = lambda _: type('C', (), {'main': told})\n"
        "cli.main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ran.returncode == 128 + signal.SIGTERM, ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_who_is_asked_to_end_does_not_wait_for_a_server_first(tmp_path: Path) -> None:
    code = (
        "import os, signal, tempfile, threading\n"
        "from sealyard.cli import main as cli\n"
        "def told(*_, **__):\n"
        "    threading.Thread(target=threading.Event().wait).start()\n"
        f"    with tempfile.TemporaryDirectory(dir={str(tmp_path)!r}):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        signal.pause()\n"
        "cli.typer.main.get_command = lambda _: type('C', (), {'main': told})\n"
        "cli.main()\n"
    )
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert ran.returncode == 128 + signal.SIGTERM, ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"sealyard {VERSION}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["acr"],
        ["acr", "show"],
        ["acr", "show", "-n", "myregistry", "--output", "xml"],
        ["acr", "show", "-n", "myregistry", "--query", "["],
        ["acr", "config", "content-trust", "update", "-r", "myregistry", "--status", "maybe"],
        ["role", "assignment", "create", "--role", "AcrPush"],
        ["role", "assignment", "delete"],
    ],
)
def test_wrong_usage_ends_with_two_and_answers_nothing(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    assert exited.value.code == 2
    told = capsys.readouterr()
    assert "Usage: sealyard" in told.err + told.out
