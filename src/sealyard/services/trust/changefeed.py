"""The change feed: which timestamps became current, and which collections were deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.trust_changes import TrustChangeStore

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database
    from sealyard.db.trust_changes import TrustChange
    from sealyard.services.trust.collections import CollectionName

_USUAL = 100
_MOST = 1000
_NEWEST = -1


class TrustChangeFeed:
    """Reads the feed of one collection or of the registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, caller: Caller, name: CollectionName | None, after: int, count: int
    ) -> list[TrustChange]:
        """Return records beyond the id ``after``, oldest first.

        ``after`` 0 is the start, -1 the newest record; ``count`` 0 means 100, a negative one looks
        at those before ``after``. Needs ``PULL``, and ``CATALOG`` for the whole registry.
        """
        if name is None:
            caller.require(Action.CATALOG)
        else:
            caller.require(Action.PULL, name.repository)
        gun = None if name is None else name.gun
        newest = after <= _NEWEST
        backwards = count < 0 or newest
        limit = min(abs(count) or _USUAL, _MOST)

        def read(connection: Connection) -> list[TrustChange]:
            store = TrustChangeStore(connection)
            return store.page(gun, max(after, 0), limit, backwards=backwards)

        return await self._database.read_aside(read)
