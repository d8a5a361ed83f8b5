"""The pages of the documentation point at what is there: links, headings, files and tests."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page.relative_to(ROOT).as_posix() for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
)
DECISIONS = [page for page in PAGES if re.match(r"docs/adr/\d", page)]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:src|tests|docs|locks)/[\w./-]+)`")
TEST = re.compile(r"\b(test_\w+_\w+_\w+)\b(?!\.py)")
CASE = re.compile(r"conformance cases? `([a-z-]+)/([a-z0-9-]+|\*)`")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def headings(page: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found)


@cache
def names_of_tests() -> frozenset[str]:
    sources = (ROOT / "tests").rglob("test_*.py")
    return frozenset(
        name
        for source in sources
        for name in re.findall(r"def (test_\w+)", source.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in LINK.findall(text_of(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        assert not anchor or anchor in headings(target.resolve()), f"{page} links to {link}"


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page: str) -> None:
    for path in FILE.findall(text_of(page)):
        assert (ROOT / path).exists(), f"{page} names {path}"


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_is_there(page: str) -> None:
    missing = set(TEST.findall(text_of(page))) - names_of_tests()
    assert not missing, f"{page} names tests that are not there"


def test_every_conformance_case_that_the_threat_model_names_is_there() -> None:
    cases = text_of("docs/trust-conformance.md")
    named = CASE.findall(text_of("docs/threat-model.md"))
    assert named
    for group, name in named:
        assert f"`{group}/{'' if name == '*' else name + '`'}" in cases


def test_there_are_decisions_and_the_list_has_them_all() -> None:
    assert DECISIONS
    listed = LINK.findall(text_of("docs/adr/README.md"))
    assert {Path(page).name for page in DECISIONS} == {
        link for link in listed if re.match(r"\d", link)
    }


@pytest.mark.parametrize("page", DECISIONS)
def test_a_decision_says_what_it_costs(page: str) -> None:
    text = text_of(page)
    assert re.match(rf"# {Path(page).name[:4]}\. \S", text)
    for part in ("\n## Context\n", "\n## Decision\n", "\n## Consequences\n", "\nBad:\n"):
        assert part in text, f"{page} lacks {part.strip()}"
