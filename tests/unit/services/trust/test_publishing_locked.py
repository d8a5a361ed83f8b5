"""Publishing and locks: a locked tag is not moved for those who verify either."""

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
from sealyard.trust.metadata import FileInfo
from trust_service import NAME, SIGNER, Worker, caller

if TYPE_CHECKING:
    from sealyard.db.database import Transaction

ME = caller(*SIGNER, Action.METADATA_READ, Action.METADATA_WRITE)
IMAGE, OTHER = b"{}", b'{"is":"another"}'


def push(worker: Worker, content: bytes, *tags: str) -> None:
    def work(transaction: Transaction) -> None:
        connection, at = transaction.connection, worker.clock()
        held = RepositoryStore(connection).ensure(NAME.repository, at)
        digest = str(Digest.of(content))
        row = ManifestRow(digest, media_types.OCI_INDEX, content, at)
        ManifestStore(connection).add(held.id, row, [])
        TagStore(connection).point(held.id, tags, digest, at)

    worker.database.write_now(work)


async def lock(worker: Worker, tag: str | None, *, is_set: bool = True) -> None:
    locking = Locking(worker.database, worker.clock)
    await locking.change(ME, NAME.repository, tag, {Lock.WRITE: is_set})


def test_a_locked_tag_is_signed_as_what_it_is_and_as_nothing_else(worker: Worker) -> None:
    async def story() -> None:
        push(worker, IMAGE, "v1", "v2")
        push(worker, OTHER)
        await lock(worker, "v1")
        owner = await worker.published()
        await worker.publish(targets=owner.change(targets={"v1": FileInfo.of(IMAGE)}))
        wrong = owner.change(targets={"v1": FileInfo.of(OTHER)})
        with pytest.raises(LockedError, match="team/app:v1 is locked"):
            await worker.publish(targets=wrong)
        await lock(worker, "v1", is_set=False)
        await worker.publish(targets=wrong)

    asyncio.run(story())
    refused = [one for one in worker.log() if one.outcome == "refused"]
    assert [one.kind for one in refused] == ["trust.publish"]


def test_what_was_said_before_a_tag_was_locked_may_be_said_again_and_withdrawn(
    worker: Worker,
) -> None:
    async def story() -> None:
        push(worker, IMAGE, "v1", "v2")
        owner = await worker.published()
        stale = {"v1": FileInfo.of(OTHER)}
        await worker.publish(targets=owner.change(targets=stale))
        await lock(worker, "v1")
        both = {**stale, "v2": FileInfo.of(IMAGE)}
        await worker.publish(targets=owner.change(targets=both))
        await worker.publish(targets=owner.change(targets={}))

    asyncio.run(story())


def test_a_delegation_moves_a_locked_tag_no_more_than_targets(worker: Worker) -> None:
    async def story() -> None:
        push(worker, IMAGE, "v1")
        await lock(worker, "v1")
        owner = await worker.published()
        role = "targets/releases"
        await worker.publish(targets=owner.delegate(role))
        wrong = owner.change(role, targets={"v1": FileInfo.of(OTHER)})
        with pytest.raises(LockedError):
            await worker.publish(targets__releases=wrong)
        right = owner.change(role, targets={"v1": FileInfo.of(IMAGE)})
        await worker.publish(targets__releases=right)

    asyncio.run(story())


def test_no_name_is_signed_in_a_locked_repository_that_is_not_a_tag_there(worker: Worker) -> None:
    async def story() -> None:
        push(worker, IMAGE, "v1")
        await lock(worker, None)
        owner = await worker.published()
        named = {"v1": FileInfo.of(IMAGE)}
        await worker.publish(targets=owner.change(targets=named))
        more = owner.change(targets={**named, "v2": FileInfo.of(IMAGE)})
        with pytest.raises(LockedError, match="team/app is locked"):
            await worker.publish(targets=more)
        await worker.publish(targets=owner.change(targets={}))

    asyncio.run(story())
