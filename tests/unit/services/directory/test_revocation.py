"""Whatever is changed in whatever order: what a worker remembers never differs from the rows."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from directory_setup import ADDRESS, OWNER, DirectorySetup, basic, bearer
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import AccessError
from sealyard.access.rights import Rights
from sealyard.errors import UseCaseError
from sealyard.services.directory.role_assignments import HeldRoleFilter
from sealyard.services.directory.throttle import ThrottleLimits

if TYPE_CHECKING:
    from directory_setup import Worker

ALICE = "alice@example.com"
PASSWORDS = ("first password", "second password")
ASKED = Rights(frozenset(), {"app": frozenset({Action.PULL, Action.PUSH, Action.SIGN})})
NO_WAITING = ThrottleLimits(free_failures=10_000)
ROLES = ("AcrPull", "AcrPush", "AcrImageSigner", "Owner")

changes = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from(ROLES), st.sampled_from([None, "app", "other"])),
    st.tuples(st.just("withdraw"), st.integers(0, 5)),
    st.tuples(st.just("enable"), st.booleans()),
    st.tuples(st.just("delete")),
    st.tuples(st.just("create")),
    st.tuples(st.just("password"), st.sampled_from(PASSWORDS)),
)


async def _change(directory: DirectorySetup, name: str, *detail: object) -> None:
    owner = directory.owner
    match name, detail:
        case "grant", (str(role), None | str() as repository):
            await directory.roles.create(
                owner, assignee=ALICE, role=role, scope=AssignmentScope(repository)
            )
        case "withdraw", (int(number),):
            # Alice's alone: as a second Owner she would let the first one's be taken as well.
            held = await directory.roles.everything(owner, HeldRoleFilter(assignee=ALICE))
            if held:
                await directory.roles.delete(owner, held[number % len(held)].assignment.id)
        case "enable", (bool(enabled),):
            await directory.users.set_enabled(owner, ALICE, enabled=enabled)
        case "delete", ():
            await directory.users.delete(owner, ALICE)
        case "create", ():
            await directory.users.create(owner, ALICE, password=PASSWORDS[0])
        case "password", (str(password),):
            await directory.users.set_password(owner, ALICE, password)


async def _may(worker: Worker, header: bytes) -> frozenset[Action] | None:
    """Return what the caller may do in the repository, ``None`` if it is refused."""
    try:
        caller = await worker.authenticator.caller(header, ADDRESS)
    except AccessError:
        return None
    return frozenset(action for action in Action if caller.may(action, "app"))


async def _story(directory: DirectorySetup, steps: list[tuple[object, ...]]) -> None:
    workers = (directory, directory.second_worker)
    await directory.users.create(directory.owner, ALICE, password=PASSWORDS[0])
    tokens: list[bytes] = []
    for name, *detail in steps:
        with suppress(UseCaseError):  # no such user, or the last Owner stays: the next change
            await _change(directory, str(name), *detail)
        for password in PASSWORDS:
            header = basic(ALICE, password)
            remembered = [await _may(worker, header) for worker in workers]
            assert remembered == [await _may(directory.fresh_worker(), header)] * 2
            if remembered[0] is not None:
                standing = await directory.authenticator.standing(header, ADDRESS)
                issued = await directory.tokens.registry_token(standing, ASKED, "x")
                tokens.append(bearer(issued.token))
        for token in tokens[-4:]:
            remembered = [await _may(worker, token) for worker in workers]
            assert remembered == [await _may(directory.fresh_worker(), token)] * 2
        assert directory.caller(OWNER).may(Action.ROLES_WRITE)


@settings(max_examples=8, deadline=None)
@given(steps=st.lists(changes, min_size=1, max_size=8))
def test_no_worker_remembers_what_is_not_so(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = DirectorySetup.started(Path(folder), NO_WAITING)
        try:
            asyncio.run(_story(directory, steps))
        finally:
            directory.close()
