from __future__ import annotations

import subprocess
import sys

import pytest

from sealyard.cli.main import PLACES, main
from sealyard.version import VERSION

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
