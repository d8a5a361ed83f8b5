"""Deleting trust data for good, with the registry's keys: of one collection, a repository, or all.

A completely new root may be published under the same name afterwards. Clients that have cached the
old one fail until their users delete that cache, which is as it should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.locks import KEPT
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.db.trust_changes import TrustChangeStore
from sealyard.db.trust_files import TrustFileStore
from sealyard.db.trust_keys import TrustKeyStore
from sealyard.errors import LockedError
from sealyard.services.operations.activity import done
from sealyard.services.policy.content_trust import TrustLoss
from sealyard.services.registry.locks import LockRefusals, require_free
from sealyard.services.registry.signed_tags import signed_names
from sealyard.services.trust.collections import topic
from sealyard.services.trust.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.services.trust.collections import CollectionName


class TrustDeletion:
    """Deletes trust data."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._refusals = Refusals(database, clock)
        self._lock_refusals = LockRefusals(database, clock)

    async def delete(self, caller: Caller, name: CollectionName) -> None:
        """Delete one collection, whether or not there is one; needs ``SIGN`` and ``DELETE``.

        Raise ``LockedError`` if the repository is to be kept, or a tag that is signed there.
        """
        async with self._refusals.recorded(caller, name, "trust.delete"):
            caller.require(Action.DELETE, name.repository)
            caller.require(Action.SIGN, name.repository)

        def work(transaction: Transaction) -> None:
            _require_deletable(transaction.connection, name)
            if self._delete(transaction, [name.gun]):
                entry = done(
                    caller, self._clock(), "trust.delete", name.repository, collection=name.gun
                )
                ActivityStore(transaction.connection).record(entry)

        try:
            await self._database.write(work)
        except LockedError as error:
            await self._lock_refusals.record(caller, "trust.delete", error)
            raise

    def delete_repository(self, transaction: Transaction, repository: str) -> int:
        """Delete all collections of an image repository; return how many there were.

        For whoever deletes the repository itself, who also records it and asks for the rights.
        """
        guns = TrustFileStore(transaction.connection).guns(repository)
        return self._delete(transaction, guns)

    def delete_all(self, transaction: Transaction) -> TrustLoss:
        """Delete everything, for the policy that is turned off; return how much there was."""
        connection = transaction.connection
        loss = self.count(connection)
        store = TrustFileStore(connection)
        for gun in store.guns():
            TrustChangeStore(connection).deleted(gun, self._clock())
            transaction.touch(topic(gun))
        store.delete_everything()
        TrustKeyStore(connection).delete_everything()
        return loss

    def count(self, connection: Connection) -> TrustLoss:
        """Count the repositories with trust data, and the names that are signed there."""
        return TrustLoss(*TrustFileStore(connection).count())

    def _delete(self, transaction: Transaction, guns: list[str]) -> int:
        connection = transaction.connection
        store, changes = TrustFileStore(connection), TrustChangeStore(connection)
        known = [gun for gun in guns if store.exists(gun)]
        store.delete(known)
        TrustKeyStore(connection).delete(guns)
        for gun in known:
            changes.deleted(gun, self._clock())
            transaction.touch(topic(gun))
        return len(known)


def _require_deletable(connection: Connection, name: CollectionName) -> None:
    """Pass if no lock keeps what the collection says.

    Signing and revoking go on whatever is locked: who vouches for an image is not the image.
    """
    held = RepositoryStore(connection).find_to_change(name.repository)
    if held is None:
        return
    require_free(held.locks, KEPT, name.repository)
    kept = TagStore(connection).kept(held.id)
    if not kept:
        return
    signed = signed_names(connection, name.gun)
    for tag, locks in kept.items():
        if tag in signed:
            require_free(locks, KEPT, name.repository, tag)
