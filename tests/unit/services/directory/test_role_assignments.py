"""Role assignments: to whom by any name, where, and by nobody who may not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.caller import Caller
from sealyard.access.errors import (
    DeniedError,
    InvalidNameError,
    RoleUnknownError,
    UnauthenticatedError,
)
from sealyard.errors import DirectoryObjectExistsError, DirectoryObjectUnknownError
from sealyard.services.directory.last_owner import LastOwnerError
from sealyard.services.directory.role_assignments import HeldRoleFilter

if TYPE_CHECKING:
    from directory_setup import DirectorySetup

ALICE = "alice@example.com"
REGISTRY = AssignmentScope()
APP = AssignmentScope("team/app")


async def _give(
    directory: DirectorySetup, role: str, scope: AssignmentScope = REGISTRY, to: str = ALICE
) -> str:
    held = await directory.roles.create(directory.owner, assignee=to, role=role, scope=scope)
    return held.assignment.id


def test_the_assignee_is_named_by_any_name(directory: DirectorySetup) -> None:
    async def story() -> None:
        user = (await directory.users.create(directory.owner, ALICE)).user
        principal = await directory.service_principals.create(
            directory.owner, "builder", names=["http://builder"]
        )
        for number, name in enumerate((ALICE, "alice", "Alice@Example.com", user.object_id)):
            await _give(directory, "AcrImageSigner", AssignmentScope(f"u{number}"), name)
        for number, name in enumerate(
            (principal.app_id, principal.object_id.upper(), "http://builder")
        ):
            await _give(directory, "AcrImageSigner", AssignmentScope(f"s{number}"), name)
        assert set(directory.caller(ALICE).rights.in_repository) == {"u0", "u1", "u2", "u3"}
        assert set(directory.caller(principal.app_id).rights.in_repository) == {"s0", "s1", "s2"}

    asyncio.run(story())


@pytest.mark.parametrize("assignee", ["", "nobody", "nobody@x.y", "0" * 300, "%", "admin@"])
def test_an_unknown_assignee_is_refused(directory: DirectorySetup, assignee: str) -> None:
    with pytest.raises(DirectoryObjectUnknownError):
        asyncio.run(_give(directory, "AcrPull", to=assignee))


def test_an_unknown_role_is_refused(directory: DirectorySetup) -> None:
    with pytest.raises(RoleUnknownError):
        asyncio.run(_give(directory, "AcrSuperuser", to=OWNER))


@pytest.mark.parametrize("role", ["Contributor", "Reader", "AcrPush", "AcrDelete"])
def test_who_may_not_grant_grants_nothing(directory: DirectorySetup, role: str) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        given = await _give(directory, role)
        alice = directory.caller(ALICE)
        for scope in (REGISTRY, APP):
            with pytest.raises(DeniedError):
                await directory.roles.create(alice, assignee=ALICE, role="Owner", scope=scope)
        with pytest.raises(DeniedError):
            await directory.roles.delete(alice, given)
        with pytest.raises(DeniedError):  # and does not learn whether there is such an assignment
            await directory.roles.delete(alice, "00000000-0000-4000-8000-000000000000")
        with pytest.raises(UnauthenticatedError):
            await directory.roles.delete(Caller.anonymous("-"), given)

    asyncio.run(story())


def test_a_user_access_administrator_grants_and_withdraws(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        await _give(directory, "User Access Administrator")
        alice = directory.caller(ALICE)
        held = await directory.roles.create(
            alice, assignee=ALICE, role="AcrImageSigner", scope=REGISTRY
        )
        assert held.assignment.created_by == alice.principal.object_id
        assert directory.caller(ALICE).rights.allow(Action.SIGN, "app")
        await directory.roles.delete(alice, held.assignment.id)
        assert not directory.caller(ALICE).rights.allow(Action.SIGN, "app")

    asyncio.run(story())


def test_an_owner_of_one_repository_grants_only_there(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        await _give(directory, "Owner", APP)
        elsewhere = await _give(directory, "AcrPull")
        alice = directory.caller(ALICE)
        await directory.roles.create(alice, assignee=ALICE, role="AcrImageSigner", scope=APP)
        for scope in (REGISTRY, AssignmentScope("team"), AssignmentScope("team/app2")):
            with pytest.raises(DeniedError):
                await directory.roles.create(alice, assignee=ALICE, role="AcrPush", scope=scope)
        with pytest.raises(DeniedError):
            await directory.roles.delete(alice, elsewhere)

    asyncio.run(story())


def test_the_same_role_is_not_given_twice(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        given = await _give(directory, "AcrPush")
        with pytest.raises(DirectoryObjectExistsError):
            await _give(directory, "AcrPush")
        await _give(directory, "AcrPush", APP)
        with pytest.raises(DirectoryObjectExistsError):
            await directory.roles.create(
                directory.owner,
                assignee=ALICE,
                role="AcrPull",
                scope=REGISTRY,
                assignment_id=given.upper(),
            )

    asyncio.run(story())


def test_an_assignment_takes_the_id_that_the_client_chose(directory: DirectorySetup) -> None:
    async def story() -> None:
        chosen = "11111111-2222-4333-8444-555555555555"
        held = await directory.roles.create(
            directory.owner,
            assignee=OWNER,
            role="AcrImageSigner",
            scope=REGISTRY,
            assignment_id=chosen,
        )
        assert held.assignment.id == chosen
        assert (await directory.roles.show(directory.owner, chosen.upper())) == held
        with pytest.raises(InvalidNameError):
            await directory.roles.create(
                directory.owner,
                assignee=OWNER,
                role="AcrPull",
                scope=REGISTRY,
                assignment_id="../../x",
            )

    asyncio.run(story())


def test_the_last_owner_keeps_its_role(directory: DirectorySetup) -> None:
    async def story() -> None:
        wanted = HeldRoleFilter(assignee=OWNER)
        (held,) = await directory.roles.everything(directory.owner, wanted)
        with pytest.raises(LastOwnerError):
            await directory.roles.delete(directory.owner, held.assignment.id)
        made = await directory.rbac.create_for_rbac(
            directory.owner, "robot", role="Owner", scopes=[REGISTRY]
        )
        robot = directory.caller(made.secret.principal.app_id)
        with pytest.raises(LastOwnerError):  # a machine's secret expires: it does not count
            await directory.roles.delete(robot, held.assignment.id)
        await directory.users.create(directory.owner, ALICE)
        await _give(directory, "Owner", APP)
        with pytest.raises(LastOwnerError):  # nor does an Owner of one repository
            await directory.roles.delete(directory.owner, held.assignment.id)
        await _give(directory, "Owner")
        await directory.roles.delete(directory.owner, held.assignment.id)

    asyncio.run(story())


def test_assignments_are_listed_by_place_and_assignee(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        await _give(directory, "AcrPull")
        await _give(directory, "AcrPush", APP)
        await _give(directory, "AcrDelete", AssignmentScope("other"))

        async def listed(wanted: HeldRoleFilter) -> list[str]:
            found = await directory.roles.everything(directory.owner, wanted)
            return sorted(held.role.name for held in found)

        assert await listed(HeldRoleFilter()) == ["AcrDelete", "AcrPull", "AcrPush", "Owner"]
        assert await listed(HeldRoleFilter("alice")) == ["AcrDelete", "AcrPull", "AcrPush"]
        assert await listed(HeldRoleFilter("alice", "team/app")) == ["AcrPull", "AcrPush"]
        with pytest.raises(DeniedError):
            await directory.roles.everything(directory.caller(ALICE), HeldRoleFilter())

    asyncio.run(story())


def test_granting_and_withdrawing_are_recorded(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        await directory.roles.delete(directory.owner, await _give(directory, "AcrPush", APP))

    asyncio.run(story())
    withdrawn, assigned = directory.activity("role.")[:2]
    assert (withdrawn.kind, assigned.kind) == ("role.withdraw", "role.assign")
    for entry in (withdrawn, assigned):
        assert (entry.actor_name, entry.repository) == (OWNER, "team/app")
        assert (entry.detail["role"], entry.detail["assignee"]) == ("AcrPush", ALICE)
