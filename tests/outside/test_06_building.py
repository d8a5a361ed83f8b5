"""``docker build``: bases are signed ones, unless that is switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.content import DEBIAN, SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from real.engine import Docker

pytestmark = pytest.mark.usefixtures("signers")
ON, OFF = "--disable-content-trust=false", "--disable-content-trust"


@pytest.fixture(scope="module")
def contexts(publisher: Docker, folder: Path) -> dict[str, str]:
    """Give a folder to build for each kind of base."""
    publisher.sign(DEBIAN, "base/debian:signed").ok()
    publisher.push(SMALL, "base/debian:unsigned").ok()
    found = {}
    for tag in ("signed", "unsigned"):
        context = folder / tag
        context.mkdir()
        (context / "file").write_text(tag)
        base = publisher.name(f"base/debian:{tag}")
        (context / "Dockerfile").write_text(f"FROM {base}\nCOPY file /file\n")
        found[tag] = str(context)
    return found


def test_one_command_builds_with_content_trust(publisher: Docker, contexts: dict[str, str]) -> None:
    built = publisher("build", ON, "-t", publisher.name("built:v1"), contexts["signed"]).ok()
    assert "@sha256:" in built.out.partition("\n")[0] + built.out
    refused = publisher("build", ON, "-t", publisher.name("built:v2"), contexts["unsigned"])
    refused.refused("No valid trust data for unsigned")


def test_one_command_builds_without_it_in_a_session_that_has_it(
    publisher: Docker, contexts: dict[str, str]
) -> None:
    refused = publisher.trusted("build", "-t", publisher.name("built:v3"), contexts["unsigned"])
    refused.refused("No valid trust data for unsigned")
    publisher.trusted("build", OFF, "-t", publisher.name("built:v3"), contexts["unsigned"]).ok()
    publisher.trusted("build", "-t", publisher.name("built:v4"), contexts["signed"]).ok()
