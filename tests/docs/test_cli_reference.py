"""The page of the commands says what the commands say."""

from __future__ import annotations

from pathlib import Path

from sealyard.cli.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: make reference"
