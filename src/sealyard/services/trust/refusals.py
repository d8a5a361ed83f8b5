"""Every refusal to sign or to take trust data goes into the activity log."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sealyard.access.errors import DeniedError
from sealyard.db.activity import ActivityStore
from sealyard.errors import LockedError
from sealyard.services.operations.activity import refused
from sealyard.services.trust.errors import ContentTrustDisabledError
from sealyard.trust.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.services.trust.collections import CollectionName

_MAX_REASON = 500


class Refusals:
    """Records what somebody who has signed in was refused, and why."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def recorded(
        self, caller: Caller, name: CollectionName, kind: str
    ) -> AsyncIterator[None]:
        """Record a refusal that is raised inside, and let it pass on.

        Nothing is recorded of callers who have not signed in or whose token does not reach: they
        come again with a better one, and strangers must not be able to fill the log.
        """
        try:
            yield
        except (DeniedError, ContentTrustDisabledError, LockedError, TrustError) as error:
            await self._record(caller, name, kind, str(error))
            raise

    async def _record(self, caller: Caller, name: CollectionName, kind: str, reason: str) -> None:
        if caller.is_anonymous:
            return
        entry = refused(
            caller,
            self._clock(),
            kind,
            name.repository,
            collection=name.gun,
            reason=reason[:_MAX_REASON],
        )

        def work(transaction: Transaction) -> None:
            ActivityStore(transaction.connection).record(entry)

        await self._database.write(work)
