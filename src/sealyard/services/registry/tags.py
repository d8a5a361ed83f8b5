"""Tags: listed in order, deleted one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.locks import KEPT, NO_LOCKS
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.errors import LockedError, ManifestUnknownError, NameUnknownError
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics
from sealyard.services.registry.locks import LockRefusals, require_free

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.services.registry.limits import RegistryLimits


@dataclass(frozen=True, slots=True)
class NamePage:
    """Names in ASCII order, and whether more come after them."""

    names: Sequence[str]
    has_more: bool


def page_of(found: Sequence[str], limit: int) -> NamePage:
    """Make a page of ``limit`` names out of one name more, if there is one more."""
    return NamePage(found[:limit], len(found) > limit)


class Tags:
    """Tags of all repositories."""

    def __init__(
        self, database: Database, limits: RegistryLimits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._limits = limits
        self._clock = clock
        self._refusals = LockRefusals(database, clock)

    async def page(
        self, caller: Caller, repository: str, *, after: str = "", limit: int | None = None
    ) -> NamePage:
        """Return the tags after ``after``, at most ``limit``; raise ``NameUnknownError``."""
        caller.require(Action.PULL, repository)
        count = min(
            limit if limit is not None else self._limits.max_page_size, self._limits.max_page_size
        )

        def work(connection: Connection) -> list[str]:
            found = RepositoryStore(connection).find(repository)
            if found is None:
                raise NameUnknownError(repository)
            return TagStore(connection).names(found, after, count + 1)

        return page_of(await self._database.read_aside(work), count)

    async def delete(self, caller: Caller, repository: str, tag: str) -> None:
        """Delete a tag; the manifest stays. Raise ``ManifestUnknownError`` or ``LockedError``."""
        caller.require(Action.DELETE, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            held = RepositoryStore(connection).find_to_change(repository)
            if held is None:
                raise ManifestUnknownError(repository, tag)
            store = TagStore(connection)
            require_free(held.locks, KEPT, repository)
            require_free(store.locks(held.id, tag) or NO_LOCKS, KEPT, repository, tag)
            if not store.remove(held.id, tag):
                raise ManifestUnknownError(repository, tag)
            entry = done(caller, at, "tag.delete", repository, tag=tag)
            ActivityStore(connection).record(entry)
            transaction.touch(topics.repository(repository))

        try:
            await self._database.write(work)
        except LockedError as error:
            await self._refusals.record(caller, "tag.delete", error)
            raise
