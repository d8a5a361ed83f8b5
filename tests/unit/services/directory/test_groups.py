"""Groups: what they hold reaches their members and nobody else, and leaves them at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER, DirectorySetup
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import DeniedError, InvalidNameError
from sealyard.access.principals import PrincipalKind
from sealyard.errors import (
    ConflictError,
    DirectoryObjectExistsError,
    DirectoryObjectUnknownError,
    LimitExceededError,
)
from sealyard.services.directory import groups as group_limits
from sealyard.services.directory.groups import GroupService, NewGroup
from sealyard.services.directory.last_owner import LastOwnerError
from sealyard.services.directory.role_assignments import HeldRoleFilter

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sealyard.access.caller import Caller

ALICE = "alice@example.com"
SIGNERS = NewGroup("Signers", "signers", "who may sign")
REGISTRY = AssignmentScope()


@pytest.fixture
def groups(directory: DirectorySetup) -> GroupService:
    return GroupService(directory.database, directory.clock)


def run(*steps: Coroutine[object, object, object]) -> None:
    async def story() -> None:
        for step in steps:
            await step

    asyncio.run(story())


def signers(directory: DirectorySetup, groups: GroupService, *members: str) -> None:
    """Make the group, which may sign everywhere, with its members, who are made as well."""
    owner = directory.owner
    run(groups.create(owner, SIGNERS))
    run(directory.roles.create(owner, assignee="Signers", role="AcrImageSigner", scope=REGISTRY))
    for member in members:
        run(directory.users.create(owner, member), groups.add_member(owner, "signers", member))


def may_sign(caller: Caller) -> bool:
    return caller.rights.allow(Action.SIGN, "team/app")


def test_a_role_of_a_group_reaches_its_members_and_leaves_with_them(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups, ALICE)
    assert may_sign(directory.caller(ALICE))
    assert not may_sign(directory.caller(OWNER))
    run(groups.remove_member(directory.owner, "Signers", ALICE))
    assert not may_sign(directory.caller(ALICE))
    run(groups.add_member(directory.owner, "Signers", ALICE))
    assert may_sign(directory.caller(ALICE))
    run(groups.delete(directory.owner, "SIGNERS"))
    assert not may_sign(directory.caller(ALICE))


def test_a_role_that_is_withdrawn_from_a_group_leaves_its_members(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups, ALICE)
    held = asyncio.run(directory.roles.everything(directory.owner, HeldRoleFilter("Signers")))
    assert [(one.role.name, one.principal.kind) for one in held] == [
        ("AcrImageSigner", PrincipalKind.GROUP)
    ]
    run(directory.roles.delete(directory.owner, held[0].assignment.id))
    assert not may_sign(directory.caller(ALICE))


def test_service_principals_are_members_too(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups)
    made = asyncio.run(directory.service_principals.create(directory.owner, "builder"))
    run(groups.add_member(directory.owner, "signers", made.app_id))
    assert may_sign(directory.caller(made.app_id))


def test_who_is_deleted_and_made_anew_is_in_no_group(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups, ALICE)
    run(directory.users.delete(directory.owner, ALICE))
    assert asyncio.run(groups.members(directory.owner, "signers", 10)) == []
    run(directory.users.create(directory.owner, ALICE))
    assert not may_sign(directory.caller(ALICE))


def test_the_roles_of_somebody_are_listed_with_those_of_its_groups(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups, ALICE)
    own = asyncio.run(directory.roles.everything(directory.owner, HeldRoleFilter(ALICE)))
    assert own == []
    wanted = HeldRoleFilter(ALICE, through_groups=True)
    held = asyncio.run(directory.roles.everything(directory.owner, wanted))
    assert [one.principal.name for one in held] == ["Signers"]


def test_a_group_cannot_be_a_member(directory: DirectorySetup, groups: GroupService) -> None:
    run(groups.create(directory.owner, SIGNERS), groups.create(directory.owner, NewGroup("Inner")))
    for outer in ("Signers", "Inner"):
        with pytest.raises(ConflictError, match="is a group: members are users"):
            run(groups.add_member(directory.owner, outer, "Inner"))


def test_the_last_owner_is_not_lost_through_a_group(
    directory: DirectorySetup, groups: GroupService
) -> None:
    owner = directory.owner
    run(groups.create(owner, NewGroup("Owners")))
    run(directory.roles.create(owner, assignee="Owners", role="Owner", scope=REGISTRY))
    run(groups.add_member(owner, "Owners", OWNER))
    held = asyncio.run(directory.roles.everything(owner, HeldRoleFilter(OWNER)))
    run(directory.roles.delete(owner, held[0].assignment.id))
    of_group = asyncio.run(directory.roles.everything(owner, HeldRoleFilter("Owners")))
    for step in (
        groups.remove_member(owner, "Owners", OWNER),
        groups.delete(owner, "Owners"),
        directory.roles.delete(owner, of_group[0].assignment.id),
        directory.users.set_enabled(owner, OWNER, enabled=False),
        directory.users.delete(owner, OWNER),
    ):
        with pytest.raises(LastOwnerError):
            run(step)
    assert directory.caller(OWNER).may(Action.ROLES_WRITE)


def test_a_member_who_may_not_sign_in_is_no_owner(
    directory: DirectorySetup, groups: GroupService
) -> None:
    owner = directory.owner
    run(groups.create(owner, NewGroup("Owners")))
    run(directory.roles.create(owner, assignee="Owners", role="Owner", scope=REGISTRY))
    run(directory.users.create(owner, ALICE, enabled=False))
    run(groups.add_member(owner, "Owners", ALICE))
    with pytest.raises(LastOwnerError):
        run(directory.users.delete(owner, OWNER))


@pytest.mark.parametrize("role", ["User Access Administrator", "Contributor", "AcrImageSigner"])
def test_nobody_but_an_owner_changes_groups(
    directory: DirectorySetup, groups: GroupService, role: str
) -> None:
    """Who may put itself into a group could grant itself the group's roles."""
    signers(directory, groups)
    run(directory.users.create(directory.owner, ALICE))
    run(directory.roles.create(directory.owner, assignee=ALICE, role=role, scope=REGISTRY))
    caller = directory.caller(ALICE)
    for step in (
        groups.create(caller, NewGroup("Own")),
        groups.add_member(caller, "Signers", ALICE),
        groups.remove_member(caller, "Signers", OWNER),
        groups.change(caller, "Signers", display_name="Others"),
        groups.delete(caller, "Signers"),
    ):
        with pytest.raises(DeniedError):
            run(step)


def test_an_owner_of_one_repository_changes_no_groups(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups)
    run(directory.users.create(directory.owner, ALICE))
    scope = AssignmentScope("team/app")
    run(directory.roles.create(directory.owner, assignee=ALICE, role="Owner", scope=scope))
    with pytest.raises(DeniedError):
        run(groups.add_member(directory.caller(ALICE), "Signers", ALICE))


def test_everybody_may_see_its_own_groups_and_not_those_of_others(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups, ALICE)
    caller = directory.caller(ALICE)
    assert [one.display_name for one in asyncio.run(groups.of_member(caller, ALICE))] == ["Signers"]
    with pytest.raises(DeniedError):
        run(groups.of_member(caller, OWNER))


@pytest.mark.parametrize(
    "name",
    ["", " ", "a\nb", "x" * 257, "alice@example.com", "0" * 8 + "-0000-0000-0000-" + "0" * 12],
)
def test_a_name_that_could_be_mistaken_is_refused(
    directory: DirectorySetup, groups: GroupService, name: str
) -> None:
    with pytest.raises(InvalidNameError):
        run(groups.create(directory.owner, NewGroup(name)))


def test_a_name_is_one_groups_in_any_case(directory: DirectorySetup, groups: GroupService) -> None:
    run(groups.create(directory.owner, SIGNERS), groups.create(directory.owner, NewGroup("Other")))
    for step in (
        groups.create(directory.owner, NewGroup("SIGNERS")),
        groups.change(directory.owner, "Other", display_name="signers"),
    ):
        with pytest.raises(DirectoryObjectExistsError):
            run(step)
    run(groups.change(directory.owner, "signers", display_name="SIGNERS", description="still"))
    assert asyncio.run(groups.show(directory.owner, "Signers")).description == "still"


def test_a_member_is_in_once_and_out_once(directory: DirectorySetup, groups: GroupService) -> None:
    signers(directory, groups, ALICE)
    with pytest.raises(DirectoryObjectExistsError, match=r"alice@example\.com of the group"):
        run(groups.add_member(directory.owner, "Signers", ALICE))
    run(groups.remove_member(directory.owner, "Signers", ALICE))
    with pytest.raises(DirectoryObjectUnknownError):
        run(groups.remove_member(directory.owner, "Signers", ALICE))


def test_numbers_are_bounded(
    directory: DirectorySetup, groups: GroupService, monkeypatch: pytest.MonkeyPatch
) -> None:
    signers(directory, groups, ALICE)
    for limit in ("MAX_MEMBERS", "MAX_MEMBERSHIPS", "MAX_GROUPS"):
        monkeypatch.setattr(group_limits, limit, 1)
    run(directory.users.create(directory.owner, "bob@example.com"))
    for step in (
        groups.create(directory.owner, NewGroup("Second")),
        groups.add_member(directory.owner, "Signers", "bob@example.com"),
    ):
        with pytest.raises(LimitExceededError):
            run(step)


def test_every_change_is_in_the_activity_log(
    directory: DirectorySetup, groups: GroupService
) -> None:
    signers(directory, groups, ALICE)
    run(groups.remove_member(directory.owner, "Signers", ALICE))
    run(groups.delete(directory.owner, "Signers"))
    kinds = [entry.kind for entry in directory.activity() if entry.kind.startswith("group.")]
    assert sorted(kinds) == [
        "group.create",
        "group.delete",
        "group.member.add",
        "group.member.remove",
    ]
