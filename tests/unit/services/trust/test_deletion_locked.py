"""Deletion of trust data and locks: what is locked keeps what was signed of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sealyard.access.actions import Action
from sealyard.db.locks import Lock
from sealyard.db.manifests import ManifestRow, ManifestStore
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.errors import LockedError
from sealyard.oci import media_types
from sealyard.oci.digest import Digest
from sealyard.services.registry.locking import Locking
from trust_service import NAME, SIGNER, Worker, caller

if TYPE_CHECKING:
    from sealyard.db.database import Transaction

ME = caller(*SIGNER, Action.METADATA_READ, Action.METADATA_WRITE)


def push(worker: Worker, *tags: str) -> None:
    def work(transaction: Transaction) -> None:
        connection, at = transaction.connection, worker.clock()
        held = RepositoryStore(connection).ensure(NAME.repository, at)
        digest = str(Digest.of(b"{}"))
        row = ManifestRow(digest, media_types.OCI_INDEX, b"{}", at)
        ManifestStore(connection).add(held.id, row, [])
        TagStore(connection).point(held.id, tags, digest, at)

    worker.database.write_now(work)


async def lock(worker: Worker, tag: str | None, lock: Lock, *, is_set: bool = True) -> None:
    locking = Locking(worker.database, worker.clock)
    await locking.change(ME, NAME.repository, tag, {lock: is_set})


@pytest.mark.parametrize("kind", [Lock.DELETE, Lock.WRITE])
@pytest.mark.parametrize("tag", [None, "v1"])
def test_trust_data_of_what_is_locked_is_not_deleted(
    worker: Worker, tag: str | None, kind: Lock
) -> None:
    async def story() -> None:
        push(worker, "v1")
        owner = await worker.published()
        await worker.publish(targets=owner.add("v1"))
        await lock(worker, tag, kind)
        with pytest.raises(LockedError):
            await worker.deletion.delete(ME, NAME)
        await worker.believed()
        await lock(worker, tag, kind, is_set=False)
        await worker.deletion.delete(ME, NAME)

    asyncio.run(story())
    found = [(one.kind, one.outcome) for one in worker.log() if one.kind == "trust.delete"]
    assert found == [("trust.delete", "refused"), ("trust.delete", "done")]


def test_a_locked_tag_that_nobody_signed_keeps_no_trust_data(worker: Worker) -> None:
    async def story() -> None:
        push(worker, "v1", "v2")
        owner = await worker.published()
        await worker.publish(targets=owner.add("v1"))
        await lock(worker, "v2", Lock.WRITE)
        await worker.deletion.delete(ME, NAME)

    asyncio.run(story())
