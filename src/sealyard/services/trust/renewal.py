"""Renewal: what the registry signed is signed anew when half of its life is over, unasked.

Every worker looks for due collections now and then, under a lease so that one of them does the
work; the revision of each collection makes sure that even two at once would do no harm. A renewal
changes nobody's trust: it is in the change feed, not in the activity log.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from sealyard.db.trust_files import TrustFileStore
from sealyard.db.trust_leases import TrustLeaseStore
from sealyard.errors import SealyardError, UnavailableError
from sealyard.keystore.sealing import SealBrokenError
from sealyard.services.trust import state
from sealyard.services.trust.collections import CollectionName
from sealyard.services.trust.state import Change
from sealyard.trust.next_state import Making, renewal_due, renewed_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.db.database import Database, Transaction
    from sealyard.services.trust.keys import TrustKeys
    from sealyard.services.trust.state import CollectionState, SigningRules

_log = logging.getLogger(__name__)

_RENEWING = "trust-renewal"
_FORGETTING = "trust-forgetting"
_FORGET_EVERY = timedelta(hours=1)
_BATCH = 50
_AGAIN_AFTER_FAILURE = timedelta(hours=1)
_LONGEST_PAUSE = timedelta(minutes=5)
_ROLES = ("root", "snapshot", "timestamp")


class TrustRenewal:
    """Signs snapshots and timestamps anew before they expire."""

    def __init__(
        self,
        database: Database,
        keys: TrustKeys,
        clock: Callable[[], datetime],
        rules: SigningRules,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._rules = rules
        self._holder = uuid.uuid4().hex
        self._forget_at = clock()
        self._pause = min(_LONGEST_PAUSE, rules.lifetimes.timestamp / 8)

    async def run(self) -> None:
        """Renew what is due, again and again, until cancelled."""
        while True:
            try:
                await self.renew_due()
                await self.forget()
            except UnavailableError:
                _log.warning("trust data cannot be renewed now", exc_info=True)
            await asyncio.sleep(self._pause.total_seconds())

    async def renew_due(self) -> int:
        """Renew every due collection, if this worker gets the lease; return how many."""
        renewed = 0
        while await self._lease():
            due = await self._database.read(self._due)
            for gun in due:
                renewed += await self._renew_or_postpone(gun)
            if len(due) < _BATCH:
                break
        return renewed

    async def forget(self) -> int:
        """Delete superseded files that no client still looks for; return how many.

        Once in an hour at most, by the worker that has the lease.
        """
        now = self._clock()

        def work(transaction: Transaction) -> int:
            connection = transaction.connection
            if not self._take(connection, _FORGETTING, now + _FORGET_EVERY):
                return 0
            return TrustFileStore(connection).forget_superseded(now)

        if now < self._forget_at:
            return 0
        self._forget_at = now + _FORGET_EVERY
        return await self._database.write(work)

    async def renew(self, gun: str) -> bool:
        """Renew what is due of one collection; return whether anything was.

        Raise ``BadHierarchyError`` if the registry does not hold the timestamp key.
        """
        before = await self._database.read(lambda connection: _load(connection, gun))
        if before is None:
            return False
        now = self._clock()
        keys = self._keys.signing(before.keys)
        making = Making(keys, now, self._rules.lifetimes, self._rules.limits)
        new = renewed_state(before.files, making)
        if not new:
            return False
        name = CollectionName(gun, before.repository)
        due = renewal_due(new, before.files, making)
        change = Change(name, before, new, due, now)
        return await self._database.write(lambda transaction: state.replace(transaction, change))

    def _due(self, connection: Connection) -> list[str]:
        return TrustFileStore(connection).due(self._clock(), _BATCH)

    async def _renew_or_postpone(self, gun: str) -> bool:
        try:
            if await self.renew(gun):
                return True
            pause = self._pause
        except SealyardError as error:
            if isinstance(error, UnavailableError) and not isinstance(error, SealBrokenError):
                raise  # the database does not answer, and would not for the next one either
            _log.exception("the trust data of %s cannot be renewed", gun)
            pause = _AGAIN_AFTER_FAILURE
        await self._postpone(gun, self._clock() + pause)
        return False

    async def _postpone(self, gun: str, until: datetime) -> None:
        def work(transaction: Transaction) -> None:
            TrustFileStore(transaction.connection).postpone(gun, until)

        await self._database.write(work)

    async def _lease(self) -> bool:
        until = self._clock() + 3 * self._pause
        return await self._database.write(
            lambda transaction: self._take(transaction.connection, _RENEWING, until)
        )

    def _take(self, connection: Connection, chore: str, until: datetime) -> bool:
        store = TrustLeaseStore(connection)
        return store.take(chore, self._holder, now=self._clock(), until=until)


def _load(connection: Connection, gun: str) -> CollectionState | None:
    found = state.load(connection, gun, _ROLES)
    return found if found.revision else None
