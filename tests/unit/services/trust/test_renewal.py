"""Renewal: long before expiry, unasked, by one worker; also when the server was off too long."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from sealyard.db.trust_files import TrustFileStore, trust_collections
from sealyard.db.trust_keys import trust_keys
from sealyard.services.trust.collections import CollectionName
from sealyard.trust.limits import Lifetimes
from sealyard.trust.signed_file import parse_timestamp
from trust_owner import GUN, NOW, KeyPair
from trust_service import NAME, Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from sealyard.db.database import Transaction


async def _expiry_in_days(worker: Worker, name: CollectionName = NAME) -> float:
    expires = parse_timestamp(await worker.raw("timestamp", name), worker.limits).expires
    return (expires - worker.clock.now) / timedelta(days=1)


def test_nothing_is_renewed_before_half_of_its_life(worker: Worker) -> None:
    async def story() -> None:
        await worker.published()
        worker.clock.advance(days=6.9)
        assert await worker.renewal.renew_due() == 0
        worker.clock.advance(days=0.2)
        assert await worker.renewal.renew_due() == 1
        assert await _expiry_in_days(worker) == 14
        assert await worker.renewal.renew_due() == 0
        await worker.believed()

    asyncio.run(story())


def test_repositories_that_nobody_reads_stay_fresh(worker: Worker) -> None:
    names = [CollectionName(f"localhost:5443/app{number}", f"app{number}") for number in range(60)]

    async def story() -> None:
        for name in names:
            await worker.published(name)
        worker.clock.advance(days=8)
        assert await worker.renewal.renew_due() == len(names)
        worker.clock.advance(days=8)
        for name in names[:3]:
            await worker.believed(name)

    asyncio.run(story())


def test_snapshots_are_renewed_after_half_of_three_years(worker: Worker) -> None:
    async def story() -> None:
        await worker.published()
        worker.clock.advance(days=600)
        assert await worker.renewal.renew_due() == 1
        trusted = await worker.believed()
        assert trusted.versions() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 1}

    asyncio.run(story())


def test_only_the_worker_with_the_lease_renews(worker: Worker) -> None:
    other = Worker(worker.folder, worker.generations, worker.clock)

    async def story() -> None:
        await worker.published()
        worker.clock.advance(days=8)
        assert await other.renewal.renew_due() == 1
        worker.clock.advance(days=8)
        worker.clock.now -= timedelta(days=8) - timedelta(minutes=1)
        assert await worker.renewal.renew_due() == 0
        worker.clock.advance(days=8)
        assert await worker.renewal.renew_due() == 1

    asyncio.run(story())
    other.close()


def test_two_at_once_renew_once(worker: Worker) -> None:
    async def story() -> None:
        await worker.published()
        worker.clock.advance(days=8)
        results = await asyncio.gather(*(worker.renewal.renew(GUN) for _ in range(5)))
        assert results.count(True) == 1
        trusted = await worker.believed()
        assert trusted.timestamp is not None
        assert trusted.timestamp.version == 2

    asyncio.run(story())


def test_an_expired_timestamp_is_renewed_when_it_is_read(worker: Worker) -> None:
    async def story() -> None:
        await worker.published()
        worker.clock.advance(days=400)
        assert await _expiry_in_days(worker) == 14
        await worker.believed()

    asyncio.run(story())


def test_a_client_held_snapshot_is_not_looked_at_again_and_again(worker: Worker) -> None:
    async def story() -> None:
        pair = KeyPair.bare()
        owner = await worker.owner()
        files = {"root": owner.rotate(snapshot=pair.public), "targets": owner.targets_file()}
        await worker.publish(**files, snapshot=owner.snapshot_file(pair, 1, files))
        worker.clock.advance(days=600)
        assert await worker.renewal.renew_due() == 1
        assert worker.database.read_now(_due(worker)) == []
        assert await worker.renewal.renew(GUN) is False

    asyncio.run(story())


def _due(worker: Worker) -> Callable[[Connection], list[str]]:
    def read(connection: Connection) -> list[str]:
        return TrustFileStore(connection).due(worker.clock.now, 10)

    return read


def test_a_collection_that_cannot_be_renewed_is_logged_put_off_and_served_as_it_is(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def lose_keys(transaction: Transaction) -> None:
        transaction.connection.execute(delete(trust_keys))

    async def story() -> None:
        await worker.published()
        good = CollectionName("localhost:5443/good", "good")
        worker.database.write_now(lose_keys)
        await worker.published(good)
        before = await worker.raw("timestamp")
        worker.clock.advance(days=8)
        assert await worker.renewal.renew_due() == 1
        assert worker.database.read_now(_due(worker)) == []
        worker.clock.advance(days=8)
        assert await worker.raw("timestamp") == before

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())
    assert any(GUN in record.getMessage() for record in caplog.records)


def test_a_collection_whose_keys_do_not_open_does_not_hold_up_the_others(worker: Worker) -> None:
    def break_seal(transaction: Transaction) -> None:
        transaction.connection.execute(
            update(trust_keys).where(trust_keys.c.gun == GUN).values(sealed_private_key=b"\x01")
        )

    async def story() -> None:
        await worker.published()
        worker.clock.advance(seconds=1)
        good = CollectionName("localhost:5443/good", "good")
        await worker.published(good)
        worker.database.write_now(break_seal)
        worker.clock.advance(days=8)
        assert await worker.renewal.renew_due() == 1
        await worker.believed(good)

    asyncio.run(story())


def test_reading_what_nobody_here_can_renew_writes_nothing(worker: Worker) -> None:
    async def story() -> None:
        pair = KeyPair.bare()
        owner = await worker.owner()
        files = {"root": owner.rotate(snapshot=pair.public), "targets": owner.targets_file()}
        await worker.publish(**files, snapshot=owner.snapshot_file(pair, 1, files))
        worker.clock.advance(days=1200)
        await worker.raw("timestamp")
        before = worker.database.read_now(lambda connection: connection.execute(_ROWS).all())
        for _ in range(3):
            assert await worker.raw("snapshot")
        assert worker.database.read_now(lambda c: c.execute(_ROWS).all()) == before

    asyncio.run(story())


_ROWS = select(trust_collections)


def test_short_lives_are_renewed_in_time(tmp_path: Path) -> None:
    worker = Worker(tmp_path, lifetimes=Lifetimes(timestamp=timedelta(minutes=1)))

    async def story() -> None:
        await worker.published()
        worker.clock.advance(seconds=31)
        assert await worker.renewal.renew_due() == 1

    asyncio.run(story())
    worker.close()


def test_the_chore_runs_until_it_is_cancelled(tmp_path: Path) -> None:
    worker = Worker(tmp_path, lifetimes=Lifetimes(timestamp=timedelta(seconds=60)))

    async def story() -> None:
        await worker.published()
        worker.clock.advance(seconds=40)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.renewal.run(), 0.5)
        assert (await worker.believed()).versions()["timestamp"] == 2

    asyncio.run(story())
    assert worker.clock.now > NOW
    worker.close()
