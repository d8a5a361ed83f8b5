"""Deletion: of exactly what is meant, with the registry's keys, for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from sealyard.access.actions import Action
from sealyard.access.errors import DeniedError
from sealyard.db.trust_files import trust_collections, trust_contents, trust_files
from sealyard.db.trust_keys import trust_keys
from sealyard.services.policy.content_trust import TrustLoss
from sealyard.services.trust import state
from sealyard.services.trust.collections import CollectionName
from sealyard.services.trust.errors import TrustDataUnknownError
from sealyard.trust.next_state import NewFile
from trust_service import NAME, SIGNER, Worker, caller

if TYPE_CHECKING:
    from sqlalchemy import Connection

ME = caller(*SIGNER)
NEIGHBOUR = CollectionName("localhost:5443/team/apple", "team/apple")
ALIAS = CollectionName("registry.example/team/app", "team/app")


def _rows(connection: Connection) -> list[int]:
    return [
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (trust_collections, trust_files, trust_contents, trust_keys)
    ]


def test_one_collection_goes_and_its_neighbours_stay(worker: Worker) -> None:
    async def story() -> None:
        for name in (NAME, NEIGHBOUR, ALIAS):
            await worker.published(name)
        await worker.deletion.delete(ME, NAME)
        for role in ("root", "targets", "snapshot", "timestamp"):
            with pytest.raises(TrustDataUnknownError):
                await worker.raw(role)
        await worker.believed(NEIGHBOUR)
        await worker.believed(ALIAS)
        await worker.deletion.delete(ME, NAME)

    asyncio.run(story())
    assert [entry.kind for entry in worker.log()].count("trust.delete") == 1


def test_a_wholly_new_root_is_taken_afterwards(worker: Worker) -> None:
    async def story() -> None:
        old = await worker.published()
        await worker.publish(targets=old.add("v1"))
        await worker.deletion.delete(ME, NAME)
        new = await worker.published()
        assert new.timestamp != old.timestamp
        assert (await worker.believed()).versions()["timestamp"] == 1

    asyncio.run(story())


def test_a_publish_judged_before_the_deletion_does_not_land_in_the_new_collection(
    worker: Worker,
) -> None:
    def load(connection: Connection) -> state.CollectionState:
        return state.load(connection, NAME.gun, ("root",))

    async def story() -> None:
        await worker.published()
        seen = worker.database.read_now(load)
        await worker.deletion.delete(ME, NAME)
        worker.clock.advance(milliseconds=1)
        await worker.published()
        late = NewFile("timestamp", 9, b"late", "")
        change = state.Change(NAME, seen, (late,), worker.clock.now, worker.clock.now)
        assert not await worker.database.write(lambda t: state.replace(t, change))

    asyncio.run(story())


@pytest.mark.parametrize("missing", [Action.SIGN, Action.DELETE])
def test_deleting_needs_sign_and_delete(worker: Worker, missing: Action) -> None:
    async def story() -> None:
        await worker.published()
        with pytest.raises(DeniedError):
            await worker.deletion.delete(caller(*(SIGNER - {missing})), NAME)
        await worker.believed()

    asyncio.run(story())
    assert (worker.log()[-1].kind, worker.log()[-1].outcome) == ("trust.delete", "refused")


def test_a_repository_goes_under_all_its_names(worker: Worker) -> None:
    async def story() -> None:
        for name in (NAME, NEIGHBOUR, ALIAS):
            await worker.published(name)
        gone = await worker.database.write(
            lambda transaction: worker.deletion.delete_repository(transaction, "team/app")
        )
        assert gone == 2
        await worker.believed(NEIGHBOUR)
        with pytest.raises(TrustDataUnknownError):
            await worker.raw("root", ALIAS)

    asyncio.run(story())


def test_everything_goes_with_the_keys_and_is_counted(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        await worker.publish(targets=owner.add("v1", "v2"))
        await worker.published(ALIAS)
        await worker.published(NEIGHBOUR)
        stamp = worker.generations.stamp(NAME.topic)
        loss = await worker.database.write(worker.deletion.delete_all)
        assert loss == TrustLoss(repositories=2, signatures=2)
        assert worker.generations.stamp(NAME.topic) != stamp
        assert worker.database.read_now(worker.deletion.count) == TrustLoss(0, 0)

    asyncio.run(story())
    assert worker.database.read_now(_rows) == [0, 0, 0, 0]
