"""The content trust policy: on by a manager, off only when that was meant."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER
from sealyard.access.assignments import AssignmentScope
from sealyard.access.caller import Caller
from sealyard.access.errors import DeniedError, UnauthenticatedError
from sealyard.errors import UnavailableError
from sealyard.services.policy.content_trust import (
    ConfirmationMissingError,
    ContentTrustService,
    TrustLoss,
    trust_enabled,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from directory_setup import DirectorySetup
    from sealyard.db.database import Transaction


class Trust:
    """Trust data that only counts what is deleted."""

    def __init__(self) -> None:
        self.present = TrustLoss(2, 7)
        self.fails = False

    def count(self, connection: Connection) -> TrustLoss:
        del connection
        return self.present

    def delete_all(self, transaction: Transaction) -> TrustLoss:
        del transaction
        if self.fails:
            message = "the disk is full"
            raise UnavailableError(message)
        lost, self.present = self.present, TrustLoss(0, 0)
        return lost


@pytest.fixture
def trust() -> Trust:
    return Trust()


@pytest.fixture
def policy(directory: DirectorySetup, trust: Trust) -> ContentTrustService:
    return ContentTrustService(directory.database, trust, directory.clock)


def _enabled(directory: DirectorySetup) -> bool:
    return directory.database.read_now(trust_enabled)


def test_content_trust_is_off_at_first(
    directory: DirectorySetup, policy: ContentTrustService
) -> None:
    assert not asyncio.run(policy.status(directory.owner))


def test_turning_it_off_deletes_all_trust_data(
    directory: DirectorySetup, policy: ContentTrustService, trust: Trust
) -> None:
    async def story() -> None:
        await policy.enable(directory.owner)
        assert await policy.status(directory.owner)
        assert await policy.loss(directory.owner) == TrustLoss(2, 7)
        assert await policy.disable(directory.owner, "MyRegistry") == TrustLoss(2, 7)
        assert trust.present == TrustLoss(0, 0)
        assert not await policy.status(directory.owner)

    asyncio.run(story())


@pytest.mark.parametrize("confirmation", ["", "yes", "otherregistry"])
def test_nothing_is_deleted_by_mistake(
    directory: DirectorySetup, policy: ContentTrustService, trust: Trust, confirmation: str
) -> None:
    async def story() -> None:
        await policy.enable(directory.owner)
        with pytest.raises(ConfirmationMissingError, match="2 repositories") as caught:
            await policy.disable(directory.owner, confirmation)
        assert caught.value.loss == trust.present == TrustLoss(2, 7)
        assert _enabled(directory)

    asyncio.run(story())


def test_turning_off_what_is_off_deletes_nothing(
    directory: DirectorySetup, policy: ContentTrustService, trust: Trust
) -> None:
    assert asyncio.run(policy.disable(directory.owner, "myregistry")) == TrustLoss(0, 0)
    assert trust.present == TrustLoss(2, 7)
    assert directory.activity("policy.") == []


def test_a_deletion_that_fails_leaves_it_on(
    directory: DirectorySetup, policy: ContentTrustService, trust: Trust
) -> None:
    async def story() -> None:
        await policy.enable(directory.owner)
        trust.fails = True
        with pytest.raises(UnavailableError):
            await policy.disable(directory.owner, "myregistry")

    asyncio.run(story())
    assert _enabled(directory)
    assert [entry.kind for entry in directory.activity("policy.")] == ["policy.enable"]


@pytest.mark.parametrize("role", ["Reader", "AcrPush", "AcrImageSigner"])
def test_only_owners_and_contributors_change_it(
    directory: DirectorySetup, policy: ContentTrustService, role: str
) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, "alice@x.y")
        await directory.roles.create(
            directory.owner, assignee="alice", role=role, scope=AssignmentScope()
        )
        alice = directory.caller("alice")
        for refused in (policy.enable(alice), policy.disable(alice, "myregistry")):
            with pytest.raises(DeniedError):
                await refused
        with pytest.raises(UnauthenticatedError):
            await policy.enable(Caller.anonymous("-"))

    asyncio.run(story())


def test_every_worker_hears_of_a_change(
    directory: DirectorySetup, policy: ContentTrustService
) -> None:
    before = directory.database.generations.stamp("policy")
    asyncio.run(policy.enable(directory.owner))
    enabled = directory.database.generations.stamp("policy")
    asyncio.run(policy.enable(directory.owner))
    assert before != enabled == directory.database.generations.stamp("policy")


def test_changes_are_recorded_with_what_was_lost(
    directory: DirectorySetup, policy: ContentTrustService
) -> None:
    async def story() -> None:
        await policy.enable(directory.owner)
        await policy.disable(directory.owner, "myregistry")

    asyncio.run(story())
    disabled, enabled = directory.activity("policy.")
    assert (enabled.kind, enabled.actor_name) == ("policy.enable", OWNER)
    assert (disabled.detail["repositories"], disabled.detail["signatures"]) == (2, 7)
