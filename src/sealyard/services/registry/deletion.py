"""Deleting a repository: its images, its tags, and the trust data that speaks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import NameUnknownError
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics

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

    async def delete(self, caller: Caller, repository: str) -> None:
        """Delete the repository with everything in it; raise ``NameUnknownError``."""
        caller.require(Action.DELETE, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            store = RepositoryStore(connection)
            found = store.find_to_change(repository)
            if found is None:
                raise NameUnknownError(repository)
            store.remove(found)
            self._delete_trust(transaction, repository)
            ActivityStore(connection).record(done(caller, at, "repository.delete", repository))
            transaction.touch(topics.repository(repository))
            transaction.touch(topics.CATALOG)

        await self._database.write(work)
