"""Anonymous pull: off at first; on, anybody pulls and reads trust data without signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.registry import RegistryStore
from sealyard.services.directory.users import TOPIC
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction


class AnonymousPullService:
    """Switches it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def switch(self, caller: Caller, *, enabled: bool) -> None:
        """Let anybody pull, or not any more, on every worker at once; needs ``REGISTRY_WRITE``."""
        caller.require(Action.REGISTRY_WRITE)

        def work(transaction: Transaction) -> None:
            store = RegistryStore(transaction.connection)
            if store.anonymous_pull() == enabled:
                return
            store.set_anonymous_pull(enabled=enabled)
            transaction.touch(TOPIC)
            kind = "policy.enable" if enabled else "policy.disable"
            entry = done(caller, self._clock(), kind, policy="anonymous-pull")
            ActivityStore(transaction.connection).record(entry)

        await self._database.write(work)
