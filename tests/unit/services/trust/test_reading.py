"""Reading: what is current, what is fixed, and what the change feed tells of it."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest

from sealyard.access.actions import Action
from sealyard.access.errors import DeniedError
from sealyard.services.trust.collections import CollectionName
from sealyard.services.trust.errors import TrustDataUnknownError
from trust_service import NAME, SIGNER, Worker, caller

READER = caller(Action.PULL, Action.CATALOG)


def test_files_are_found_by_name_version_and_checksum(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        old = await worker.raw("targets")
        await worker.publish(targets=owner.add("v1"))
        digest = hashlib.sha256(old).hexdigest()
        assert (await worker.reading.by_version(READER, NAME, "targets", 1)).content == old
        assert (await worker.reading.by_sha256(READER, NAME, "targets", digest)).content == old
        with pytest.raises(TrustDataUnknownError):
            await worker.reading.by_sha256(READER, NAME, "snapshot", digest)
        with pytest.raises(TrustDataUnknownError):
            await worker.reading.by_version(READER, NAME, "targets", 3)
        with pytest.raises(TrustDataUnknownError):
            await worker.reading.by_version(READER, NAME, "targets", 10**16 - 1)
        other = CollectionName("localhost:5443/other", "other")
        with pytest.raises(TrustDataUnknownError):
            await worker.reading.by_sha256(READER, other, "targets", digest)

    asyncio.run(story())


def test_reading_needs_pull(worker: Worker) -> None:
    stranger = caller(*(SIGNER - {Action.PULL}))

    async def story() -> None:
        await worker.published()
        for attempt in (
            worker.reading.current(stranger, NAME, "root"),
            worker.reading.by_version(stranger, NAME, "root", 1),
            worker.reading.by_sha256(stranger, NAME, "root", "0" * 64),
            worker.changes.page(stranger, NAME, 0, 1),
            worker.changes.page(stranger, None, 0, 1),
        ):
            with pytest.raises(DeniedError):
                await attempt

    asyncio.run(story())


def test_superseded_files_stay_for_a_day_and_the_newest_longer_and_roots_for_ever(
    worker: Worker,
) -> None:
    async def story() -> None:
        owner = await worker.published()
        for _ in range(20):
            await worker.publish(root=owner.change_root(), targets=owner.add("v1"))
        await worker.reading.by_version(READER, NAME, "targets", 1)
        worker.clock.advance(days=1, seconds=1)
        await worker.publish(root=owner.change_root(), targets=owner.add("v2"))
        assert await worker.renewal.forget() == 3 * 16
        assert await worker.renewal.forget() == 0
        for role in ("targets", "snapshot", "timestamp"):
            kept = [version for version in range(1, 23) if await _is_there(worker, role, version)]
            assert kept == [17, 18, 19, 20, 21, 22], role
        roots = [version for version in range(1, 23) if await _is_there(worker, "root", version)]
        assert roots == list(range(1, 23))

    asyncio.run(story())


async def _is_there(worker: Worker, role: str, version: int) -> bool:
    try:
        await worker.reading.by_version(READER, NAME, role, version)
    except TrustDataUnknownError:
        return False
    return True


def test_the_change_feed_tells_of_every_timestamp_and_deletion(worker: Worker) -> None:
    other = CollectionName("localhost:5443/other", "other")

    async def story() -> None:
        owner = await worker.published()
        await worker.published(other)
        await worker.publish(targets=owner.add("v1"))
        worker.clock.advance(days=8)
        await worker.renewal.renew_due()
        digest = hashlib.sha256(await worker.raw("timestamp")).hexdigest()
        await worker.deletion.delete(caller(*SIGNER), NAME)
        feed = await worker.changes.page(READER, NAME, 0, 100)
        told = [(change.category, change.version) for change in feed]
        assert told == [("update", 1), ("update", 2), ("update", 3), ("deletion", 0)]
        assert feed[2].sha256 == digest
        assert feed[2].created_at - feed[1].created_at == timedelta(days=8)
        everything = await worker.changes.page(READER, None, 0, 0)
        assert len(everything) == 6
        assert [change.id for change in everything] == sorted(change.id for change in everything)

    asyncio.run(story())


def test_the_change_feed_is_paged_both_ways_always_oldest_first(worker: Worker) -> None:
    async def versions(after: int, count: int) -> list[int]:
        found = await worker.changes.page(READER, NAME, after, count)
        return [change.version for change in found]

    async def story() -> None:
        owner = await worker.published()
        for number in range(4):
            await worker.publish(targets=owner.add(f"v{number}"))
        ids = [change.id for change in await worker.changes.page(READER, NAME, 0, 100)]
        assert await versions(0, 2) == [1, 2]
        assert await versions(ids[1], 2) == [3, 4]
        assert await versions(ids[3], -2) == [2, 3]
        assert await versions(-1, -1) == [5]
        assert await versions(-1, 1) == [5]
        assert await versions(0, -2) == [4, 5]
        assert await versions(ids[4], 10) == []

    asyncio.run(story())
