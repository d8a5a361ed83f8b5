"""Deleting a repository: its images, its tags, and the trust data that speaks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import LockedError, NameUnknownError
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics
from sealyard.services.registry.locks import LockRefusals, require_repository_deletable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction


class Deletion:
    """Deletes repositories. ``delete_trust`` does its part in the same transaction."""

    def __init__(
        self,
        database: Database,
        delete_trust: Callable[[Transaction, str], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._delete_trust = delete_trust
        self._clock = clock
        self._refusals = LockRefusals(database, clock)

    async def delete(self, caller: Caller, repository: str) -> None:
        """Delete the repository with everything in it.

        Raise ``NameUnknownError``, or ``LockedError`` if it or anything in it is to be kept.
        """
        caller.require(Action.DELETE, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            store = RepositoryStore(connection)
            held = store.find_to_change(repository)
            if held is None:
                raise NameUnknownError(repository)
            require_repository_deletable(connection, held, repository)
            store.remove(held.id)
            self._delete_trust(transaction, repository)
            ActivityStore(connection).record(done(caller, at, "repository.delete", repository))
            transaction.touch(topics.repository(repository))
            transaction.touch(topics.CATALOG)

        try:
            await self._database.write(work)
        except LockedError as error:
            await self._refusals.record(caller, "repository.delete", error)
            raise
