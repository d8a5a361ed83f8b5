"""The settings page says what the code says."""

from __future__ import annotations

from pathlib import Path

from sealyard.settings import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_the_settings_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: make reference"
