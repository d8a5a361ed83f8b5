"""Publishing: whole, durable, by those who may sign; of two racers one wins."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sealyard.access.actions import Action
from sealyard.access.caller import Caller
from sealyard.access.errors import DeniedError, InsufficientScopeError, UnauthenticatedError
from sealyard.access.rights import Rights
from sealyard.services.trust.collections import CollectionName
from sealyard.services.trust.errors import (
    ContentTrustDisabledError,
    ForeignCollectionError,
    TrustDataUnknownError,
)
from sealyard.trust.errors import BadTargetsError, StaleUpdateError
from trust_owner import GUN
from trust_service import NAME, PREFIXES, SIGNER, Worker, caller

if TYPE_CHECKING:
    from trust_owner import Owner


def test_what_is_published_is_read_byte_for_byte(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        raw = owner.add("v1")
        await worker.publish(targets=raw)
        assert await worker.raw("targets") == raw
        assert (await worker.believed()).lookup("v1").role == "targets"

    asyncio.run(story())


def test_an_empty_upload_is_accepted_and_changes_nothing(worker: Worker) -> None:
    async def story() -> None:
        await worker.published()
        before = await worker.raw("timestamp")
        await worker.publish()
        assert await worker.raw("timestamp") == before

    asyncio.run(story())


@pytest.mark.parametrize("missing", [Action.SIGN, Action.PUSH])
def test_publishing_needs_push_and_sign(worker: Worker, missing: Action) -> None:
    async def story() -> None:
        owner = await worker.owner()
        who = caller(*(SIGNER - {missing}), name="bob")
        for attempt in (
            worker.publishing.admit(who, NAME),
            worker.publish(NAME, who, root=owner.root_file(), targets=owner.targets_file()),
        ):
            with pytest.raises(DeniedError) as caught:
                await attempt
            assert caught.value.action is missing
        with pytest.raises(TrustDataUnknownError):
            await worker.raw("root")

    asyncio.run(story())
    refusals = [entry for entry in worker.log() if entry.outcome == "refused"]
    assert [(entry.kind, entry.actor_name, entry.repository) for entry in refusals] == [
        ("trust.publish", "bob", "team/app")
    ] * 2
    assert "AcrImageSigner" in refusals[0].detail["reason"] or missing is Action.PUSH


def test_a_token_that_does_not_reach_is_told_so_and_not_recorded(worker: Worker) -> None:
    who = caller(*SIGNER, access=Rights(frozenset({Action.PULL})))
    with pytest.raises(InsufficientScopeError):
        asyncio.run(worker.publish(NAME, who))
    with pytest.raises(UnauthenticatedError):
        asyncio.run(worker.publish(NAME, Caller.anonymous("192.0.2.1")))
    assert worker.log() == []


def test_a_registry_without_content_trust_refuses_with_the_way_out(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.owner()
        worker.turn(enabled=False)
        with pytest.raises(ContentTrustDisabledError, match="--status enabled"):
            await worker.publishing.admit(caller(*SIGNER), NAME)
        with pytest.raises(ContentTrustDisabledError):
            await worker.publish(root=owner.root_file(), targets=owner.targets_file())
        worker.turn(enabled=True)
        await worker.publish(root=owner.root_file(), targets=owner.targets_file())

    asyncio.run(story())


def test_a_policy_turned_off_while_an_upload_is_judged_refuses_it(worker: Worker) -> None:
    answers = iter([True, False])

    async def story() -> None:
        owner = await worker.owner()
        worker.enabled = lambda: next(answers)
        with pytest.raises(ContentTrustDisabledError):
            await worker.publish(root=owner.root_file(), targets=owner.targets_file())
        with pytest.raises(TrustDataUnknownError):
            await worker.raw("root")

    asyncio.run(story())


def test_of_two_racing_publishers_one_wins_and_the_other_is_told(worker: Worker) -> None:
    async def race(owner: Owner) -> list[BaseException | None]:
        version = owner.targets["targets"].version + 1
        uploads = [owner.change(version=version, targets={}) for _ in range(6)]
        return await asyncio.gather(
            *(worker.publish(targets=raw) for raw in uploads), return_exceptions=True
        )

    async def story() -> None:
        owner = await worker.published()
        for _ in range(4):
            results = await race(owner)
            assert results.count(None) == 1
            assert sum(isinstance(result, StaleUpdateError) for result in results) == 5
        trusted = await worker.believed()
        assert trusted.versions() == {"root": 1, "timestamp": 5, "snapshot": 5, "targets": 5}

    asyncio.run(story())


def test_of_two_first_publishers_one_wins(worker: Worker) -> None:
    async def story() -> None:
        owners = [await worker.owner() for _ in range(3)]
        results = await asyncio.gather(
            *(
                worker.publish(root=owner.root_file(), targets=owner.targets_file())
                for owner in owners
            ),
            return_exceptions=True,
        )
        assert results.count(None) == 1
        await worker.believed()

    asyncio.run(story())


def test_publishers_of_different_roles_both_succeed(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        await worker.publish(targets=owner.delegate("targets/a"))
        await worker.publish(targets=owner.delegate("targets/b"))
        await asyncio.gather(
            worker.publish(targets__a=owner.add("v1", role="targets/a")),
            worker.publish(targets__b=owner.add("v2", role="targets/b")),
        )
        trusted = await worker.believed(NAME, "targets/a", "targets/b")
        assert trusted.find("v1", "targets/a")
        assert trusted.find("v2", "targets/b")

    asyncio.run(story())


def test_a_publish_during_a_renewal_still_succeeds(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        worker.clock.advance(days=8)
        owner.now = worker.clock.now
        await asyncio.gather(worker.renewal.renew_due(), worker.publish(targets=owner.add("v1")))
        assert (await worker.believed()).lookup("v1").role == "targets"

    asyncio.run(story())


def test_a_large_upload_is_judged_off_the_loop_and_taken(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        await worker.publish(targets=owner.add(*(f"v{number}" for number in range(2000))))
        assert (await worker.believed()).lookup("v1999").role == "targets"

    asyncio.run(story())


def test_everything_that_is_published_or_refused_is_in_the_log(worker: Worker) -> None:
    async def story() -> None:
        owner = await worker.published()
        await worker.publish(targets=owner.add("v1"))
        with pytest.raises(BadTargetsError):
            await worker.publish(targets=owner.change(version=0))

    asyncio.run(story())
    told = [(entry.kind, entry.outcome) for entry in worker.log()]
    assert told == [
        ("trust.key", "done"),
        ("trust.key", "done"),
        ("trust.publish", "done"),
        ("trust.publish", "done"),
        ("trust.publish", "refused"),
    ]
    published = worker.log()[3]
    assert published.detail == {
        "collection": GUN,
        "files": {"targets": 2, "snapshot": 2, "timestamp": 2},
    }
    assert (published.address, published.actor_id) == ("192.0.2.7", "id-of-alice")


def test_another_worker_sees_what_was_published_at_once(worker: Worker) -> None:
    other = Worker(worker.folder, worker.generations)

    async def story() -> None:
        owner = await worker.published()
        await other.publish(targets=owner.add("v1"))
        assert (await worker.believed()).lookup("v1").role == "targets"

    asyncio.run(story())
    other.close()


@pytest.mark.parametrize(
    "gun",
    [
        "",
        "team/app",
        "elsewhere.example/app",
        "localhost:5443/",
        "localhost:5443/UPPER",
        "localhost:5443/" + "a" * 241,
        "localhost:5443//app",
        "xlocalhost:5443/app",
    ],
)
def test_only_names_of_this_registry_are_collections(gun: str) -> None:
    with pytest.raises(ForeignCollectionError):
        CollectionName.parse(gun, PREFIXES)


@pytest.mark.parametrize("gun", ["localhost:5443/team/app", "LocalHost:5443/team/app"])
def test_a_collection_knows_its_repository(gun: str) -> None:
    name = CollectionName.parse(gun, PREFIXES)
    assert (name.gun, name.repository) == (gun, "team/app")
