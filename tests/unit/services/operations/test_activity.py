"""Reading the activity log: by who may, filtered, page by page."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import DeniedError
from sealyard.db.activity import ActivityFilter, ActivityStore
from sealyard.services.operations.activity import MAX_PAGE, ActivityService, refused

if TYPE_CHECKING:
    from directory_setup import DirectorySetup
    from sealyard.db.activity import Activity


async def _filled(directory: DirectorySetup) -> ActivityService:
    for name in ("a", "b", "c"):
        directory.clock.move(seconds=1)
        await directory.users.create(directory.owner, f"{name}@x.y")
    await directory.roles.create(
        directory.owner, assignee="a", role="AcrPush", scope=AssignmentScope("app")
    )
    return ActivityService(directory.database)


async def _page(
    directory: DirectorySetup, wanted: ActivityFilter, limit: int = 100
) -> list[Activity]:
    service = await _filled(directory)
    return await service.page(directory.owner, wanted, limit)


def test_the_newest_come_first_and_pages_join(directory: DirectorySetup) -> None:
    async def story() -> None:
        service = await _filled(directory)
        everything = await service.page(directory.owner, ActivityFilter(), 100)
        joined: list[Activity] = []
        while page := await service.page(
            directory.owner,
            ActivityFilter(after=joined[-1].id if joined else None),
            2,
        ):
            joined += page
        assert joined == everything
        assert [entry.id for entry in joined] == sorted(
            (entry.id for entry in joined), reverse=True
        )

    asyncio.run(story())


def test_lines_are_chosen_by_kind_repository_actor_and_time(directory: DirectorySetup) -> None:
    async def story() -> None:
        service = await _filled(directory)

        async def count(wanted: ActivityFilter) -> int:
            return len(await service.page(directory.owner, wanted, 100))

        now = directory.clock()
        assert await count(ActivityFilter(kind="user.")) == 3
        assert await count(ActivityFilter(repository="app")) == 1
        assert await count(ActivityFilter(actor=OWNER)) == 4
        assert await count(ActivityFilter(actor="nobody")) == 0
        assert await count(ActivityFilter(since=now)) == 2
        assert await count(ActivityFilter(kind="user.", until=now - timedelta(seconds=1))) == 2

    asyncio.run(story())


def test_a_page_is_bounded_however_much_is_asked_for(directory: DirectorySetup) -> None:
    assert len(asyncio.run(_page(directory, ActivityFilter(), -5))) == 1
    assert MAX_PAGE == 1000


def test_who_may_not_read_it_does_not(directory: DirectorySetup) -> None:
    async def story() -> None:
        service = await _filled(directory)
        with pytest.raises(DeniedError):
            await service.page(directory.caller("a"), ActivityFilter(), 10)
        with pytest.raises(DeniedError):
            await service.page(directory.caller("a"), ActivityFilter(repository="app"), 10)

    asyncio.run(story())


def test_a_refusal_says_who_was_refused_what(directory: DirectorySetup) -> None:
    entry = refused(directory.owner, directory.clock(), "trust.publish", "app", role="x")
    directory.database.write_now(
        lambda transaction: ActivityStore(transaction.connection).record(entry)
    )
    (read,) = directory.activity("trust.")
    assert (read.outcome, read.actor_name, read.address) == ("refused", OWNER, ADDRESS)
    assert (read.repository, read.detail) == ("app", {"role": "x"})
