"""The page on signing is run as it stands, against a registry in memory."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from trust_owner import GUN
from trust_shell import TrustShell

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "signing.md"


def test_every_line_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = TrustShell(tmp_path, monkeypatch, capsys)
    desk.image("v1")
    desk.image("v2")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [shlex.split(line) for block in blocks for line in block.splitlines()]
    assert len(lines) == 16
    for words in lines:
        if words[0] == "mkdir":
            Path(words[1]).mkdir()
        else:
            assert words[:2] == ["sealyard", "trust"]
            desk.done(*words[2:])
    assert desk.machine.says("v1")
    assert [row["name"] for row in desk.done("signer", "list", GUN, "-o", "json").json] == ["bob"]
