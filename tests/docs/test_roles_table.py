"""The table of roles in the documentation says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealyard.access.actions import Action
from sealyard.access.roles import ROLES, Role

PAGE = Path(__file__).parents[2] / "docs" / "identities.md"
COLUMNS = (Action.PULL, Action.PUSH, Action.DELETE, Action.SIGN, Action.POLICY_WRITE)


def _rows() -> dict[str, list[str]]:
    table = PAGE.read_text(encoding="utf-8").partition("## What a role allows")[2]
    lines = [line for line in table.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    cells = [[cell.strip().strip("*") for cell in line.split("|")[1:-1]] for line in lines[1:]]
    return {row[0]: row[1:] for row in cells}


def test_every_role_is_there() -> None:
    assert set(_rows()) == {role.name for role in ROLES}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_may_do_what_its_row_says(role: Role) -> None:
    said = _rows()[role.name]
    assert said[:-1] == ["yes" if action in role.actions else "no" for action in COLUMNS]
    grants = {
        (True, True): "yes",
        (True, False): "grants roles",
        (False, False): "no",
    }
    held = (Action.ROLES_WRITE in role.actions, Action.DIRECTORY_WRITE in role.actions)
    assert said[-1] == grants[held]
