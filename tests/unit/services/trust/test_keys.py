"""The registry's keys: the same until it has signed, pending until a root names it, sealed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from sealyard.access.actions import Action
from sealyard.access.errors import DeniedError
from sealyard.db.trust_keys import trust_keys
from sealyard.keystore.sealing import SealBrokenError
from sealyard.services.trust.collections import CollectionName
from sealyard.trust.signed_file import parse_timestamp
from trust_owner import KeyPair
from trust_service import NAME, SIGNER, Worker, caller

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from sealyard.db.database import Transaction

ME = caller(*SIGNER)


def test_asking_twice_gives_the_same_key_of_its_own_role(worker: Worker) -> None:
    async def story() -> None:
        first = await worker.keys.present(ME, NAME, "timestamp")
        assert await worker.keys.present(ME, NAME, "timestamp") == first
        assert await worker.keys.pending(ME, NAME, "timestamp") == first
        assert await worker.keys.present(ME, NAME, "snapshot") != first
        other = CollectionName("localhost:5443/other", "other")
        assert await worker.keys.present(ME, other, "timestamp") != first
        assert first.keytype == "ecdsa"

    asyncio.run(story())


def test_workers_asked_at_once_agree(worker: Worker) -> None:
    other = Worker(worker.folder, worker.generations)

    async def story() -> None:
        keys = await asyncio.gather(
            *(one.keys.present(ME, NAME, "timestamp") for one in (worker, other) * 3)
        )
        assert len(set(keys)) == 1

    asyncio.run(story())
    other.close()


def test_once_a_root_names_a_key_it_is_the_one(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        assert await worker.keys.present(ME, NAME, "timestamp") == owner.timestamp
        pending = await worker.keys.pending(ME, NAME, "timestamp")
        assert pending != owner.timestamp
        assert await worker.keys.pending(ME, NAME, "timestamp") == pending
        assert await worker.keys.present(ME, NAME, "timestamp") == owner.timestamp
        await worker.publish(targets=owner.add("v1"))
        assert await _timestamp_signers(worker) == [owner.timestamp.id]
        await worker.publish(root=owner.rotate(timestamp=pending))
        assert await worker.keys.present(ME, NAME, "timestamp") == pending
        assert await _timestamp_signers(worker) == [pending.id]
        await worker.believed()

    asyncio.run(story())


async def _timestamp_signers(worker: Worker) -> list[str]:
    timestamp = parse_timestamp(await worker.raw("timestamp"), worker.limits)
    return [signature.keyid for signature in timestamp.signatures]


def test_a_snapshot_key_of_the_client_can_be_taken_over(worker: Worker) -> None:
    async def story() -> None:
        pair = KeyPair.bare()
        owner = await worker.owner()
        files = {"root": owner.rotate(snapshot=pair.public), "targets": owner.targets_file()}
        await worker.publish(**files, snapshot=owner.snapshot_file(pair, 1, files))
        ours = await worker.keys.present(ME, NAME, "snapshot")
        assert ours.id != pair.id
        await worker.publish(root=owner.rotate(snapshot=ours))
        await worker.believed()

    asyncio.run(story())


def test_asking_needs_push_and_rotating_needs_sign_too(worker: Worker) -> None:
    async def story() -> None:
        await worker.keys.present(caller(Action.PUSH), NAME, "snapshot")
        with pytest.raises(DeniedError):
            await worker.keys.present(caller(Action.PULL, Action.SIGN), NAME, "snapshot")
        with pytest.raises(DeniedError):
            await worker.keys.pending(caller(Action.PUSH, name="bob"), NAME, "snapshot")

    asyncio.run(story())
    told = [(entry.kind, entry.outcome, entry.actor_name) for entry in worker.log()]
    assert told == [("trust.key", "done", "alice"), ("trust.key.rotate", "refused", "bob")]


def test_a_registry_may_make_ed25519_keys(tmp_path: Path) -> None:
    worker = Worker(tmp_path, algorithm="ed25519")

    async def story() -> None:
        owner = await worker.published()
        assert owner.timestamp.keytype == "ed25519"
        await worker.believed()

    asyncio.run(story())
    worker.close()


def test_private_keys_lie_sealed_for_their_place(worker: Worker) -> None:
    def rows(connection: Connection) -> list[bytes]:
        return list(connection.execute(select(trust_keys.c.sealed_private_key)).scalars())

    def swap(transaction: Transaction) -> None:
        transaction.connection.execute(
            update(trust_keys)
            .where(trust_keys.c.role == "timestamp")
            .values(
                sealed_private_key=select(trust_keys.c.sealed_private_key)
                .where(trust_keys.c.role == "snapshot")
                .scalar_subquery()
            )
        )

    async def story() -> None:
        owner = await worker.published()
        for sealed in worker.database.read_now(rows):
            assert b"PRIVATE" not in sealed
            assert sealed[:1] == b"\x01"
            assert owner.timestamp.public[-32:] not in sealed
        worker.database.write_now(swap)
        with pytest.raises(SealBrokenError):
            await worker.publish(targets=owner.add("v1"))

    asyncio.run(story())
