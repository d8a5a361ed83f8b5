"""What somebody else has written reaches the terminal, and does nothing to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from typer.testing import CliRunner

from sealyard.cli.commands import command, plain
from sealyard.cli.pull_output import Pulls
from sealyard.cli.terminal import Terminal
from sealyard.client.errors import ServerRefusedError
from sealyard.client.images.engine_messages import EngineStep
from sealyard.client.pull_places import PullPlace
from sealyard.client.pulling import Wanted
from sealyard.oci.digest import Digest
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from sealyard.client.client import Client
    from sealyard.client.transfer.progress import Progress

HOSTILE = "no\x1b]0;owned\x07\x1b[2J\rSuccessfully signed\u202e\x9b31m"
SHOWN = r"no\x1b]0;owned\x07\x1b[2J\rSuccessfully signed\u202e\x9b31m"


def refused(_terminal: Terminal) -> None:
    raise ServerRefusedError(403, "DENIED", f"{HOSTILE}\nour own second line")


def test_what_a_server_says_in_an_error_is_written_out() -> None:
    app = typer.Typer()
    plain(app, "plain")(refused)
    command(app, "command")(refused)
    for name, before in (("plain", ""), ("command", "error: ")):
        ran = CliRunner().invoke(app, [name])
        assert ran.exit_code == 1
        assert ran.stderr == f"{before}{SHOWN}\nour own second line\n"


def test_what_is_said_besides_is_written_out_too(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().say(f"{HOSTILE}\nour own second line")
    assert capsys.readouterr().err == f"{SHOWN}\nour own second line\n"


def test_what_the_engine_passes_on_is_written_out_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull(
        _place: PullPlace, _wanted: Wanted, _progress: Progress, told: Callable[[EngineStep], None]
    ) -> None:
        told(EngineStep(HOSTILE, HOSTILE))

    monkeypatch.setattr(PullPlace, "pull", pull)
    nobody: Client = None  # type: ignore[assignment] # the place that asks it is replaced
    wanted = Wanted(ImageReference.familiar("registry.test/app:1"), Digest.of(b""))
    Pulls(nobody, None, None, quiet=False).pull(wanted)
    assert f"{SHOWN}: {SHOWN}\n" in capsys.readouterr().out
