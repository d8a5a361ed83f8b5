"""The pages on the conformance suite say what its cases say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "tests" / "conformance" / "trust"


def _suite(*arguments: str) -> str:
    command = [sys.executable, str(SUITE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["trust-conformance.md", "trust-differences.md"])
def test_a_page_has_the_tables_of_the_cases(name: str, tmp_path: Path) -> None:
    page, copy = ROOT / "docs" / name, tmp_path / name
    copy.write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    _suite("--update", str(copy))
    assert copy.read_text(encoding="utf-8") == page.read_text(encoding="utf-8"), (
        f"run: python tests/conformance/trust --update docs/{name}"
    )


def test_every_option_is_explained() -> None:
    page = (ROOT / "docs" / "trust-conformance.md").read_text(encoding="utf-8")
    options = {word.strip(",[]") for word in _suite("--help").split() if "--" in word}
    missing = {option for option in options if option not in page}
    assert missing == {"--help"}


def test_every_rule_has_a_case_and_every_case_a_rule() -> None:
    listed = _suite("--print", "cases").split("**")
    sections = dict(zip(listed[1::2], listed[2::2], strict=True))
    assert all("| `" in section for section in sections.values())
    counted = sum(section.count("\n| `") for section in sections.values())
    assert counted == len(set(_suite("--print", "names").split()))


def test_no_case_is_left_unexplained_where_the_profiles_differ() -> None:
    rows = _suite("--print", "differences").splitlines()[2:]
    assert rows
    for row in rows:
        columns = [column.strip() for column in row.strip("| ").split(" | ")]
        assert len(columns) == 5, row
        assert all(columns), row
