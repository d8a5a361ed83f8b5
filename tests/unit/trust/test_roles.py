"""Role names."""

from __future__ import annotations

import pytest

from sealyard.trust.errors import InvalidRoleNameError
from sealyard.trust.roles import TARGETS, RoleName


@pytest.mark.parametrize(
    "name",
    ["root", "targets", "snapshot", "timestamp", "targets/releases", "targets/a-b_0/c/d"],
)
def test_roles_that_can_exist_are_read(name: str) -> None:
    assert str(RoleName.parse(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Root",
        "root/a",
        "targets/",
        "targets//a",
        "targets/a/",
        "targets/..",
        "targets/./a",
        "targets/A",
        "targets/a b",
        "targets/é",
        "targets/a\n",
        "xtargets/a",
        "targets/" + "a" * 248,
    ],
)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidRoleNameError):
        RoleName.parse(name)


def test_a_delegation_knows_what_is_above_it() -> None:
    role = RoleName.parse("targets/a/b")
    assert role.parent == RoleName.parse("targets/a")
    assert role.parent.parent == TARGETS
    assert (role.depth, role.is_delegation, role.is_targets) == (2, True, True)
    with pytest.raises(InvalidRoleNameError):
        _ = TARGETS.parent
