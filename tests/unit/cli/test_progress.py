from __future__ import annotations

import io

import pytest

from sealyard.cli.progress import shown_progress, size
from sealyard.client.transfer.progress import SILENT, Kind, Outcome, Progress
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest

LAYER = Descriptor("application/vnd.oci.image.layer.v1.tar", Digest.of(b"layer"), 2_500_000)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(progress: Progress, outcome: Outcome) -> None:
    progress.started(LAYER, Kind.LAYER)
    progress.advanced(LAYER, 1_000_000)
    progress.finished(LAYER, outcome)


def test_a_log_has_one_line_for_each_piece() -> None:
    log = io.StringIO()
    with shown_progress(quiet=False, stream=log) as progress:
        tell(progress, Outcome.COPIED)
        tell(progress, Outcome.PRESENT)
    digits = LAYER.digest.hex[:12]
    assert log.getvalue() == f"{digits}: copied (2.5 MB)\n{digits}: already there (2.5 MB)\n"


def test_a_terminal_has_a_bar() -> None:
    screen = Screen()
    with shown_progress(quiet=False, stream=screen) as progress:
        tell(progress, Outcome.COPIED)
        tell(progress, Outcome.FAILED)
    drawn = screen.getvalue()
    assert f"{LAYER.digest.hex[:12]} layer" in drawn
    assert "copied" in drawn
    assert "failed" in drawn


def test_the_answer_does_not_go_where_the_bars_are(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    with shown_progress(quiet=False, stream=screen) as progress:
        tell(progress, Outcome.COPIED)
        print("the answer")  # noqa: T201 (as a command does)
    assert capsys.readouterr().out == "the answer\n"
    assert "the answer" not in screen.getvalue()


def test_quiet_means_quiet() -> None:
    screen = Screen()
    with shown_progress(quiet=True, stream=screen) as progress:
        assert progress is SILENT
        tell(progress, Outcome.COPIED)
    assert screen.getvalue() == ""


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345_678, "12.3 MB"), (5 * 10**15, "5e+03 TB")],
)
def test_sizes_are_for_people(count: int, text: str) -> None:
    assert size(count) == text
