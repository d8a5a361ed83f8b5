"""Publishing: an upload becomes the next state of a collection, wholly or not at all.

Judged outside the write transaction, because that takes milliseconds and all writers share one;
then stored if nothing changed in between. If something did, the upload is judged again against
what is there now: whoever sent the same version of the same role is then told so (``VERSION``).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.errors import ConflictError
from sealyard.services.operations.activity import done
from sealyard.services.policy.content_trust import TOPIC
from sealyard.services.trust import state
from sealyard.services.trust.errors import ContentTrustDisabledError
from sealyard.services.trust.locked_tags import require_locked_tags_to_stay
from sealyard.services.trust.refusals import Refusals
from sealyard.services.trust.state import Change
from sealyard.trust.next_state import Making, next_state, renewal_due
from sealyard.trust.update import check_upload, roles_needed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.services.trust.collections import CollectionName
    from sealyard.services.trust.keys import TrustKeys
    from sealyard.services.trust.state import CollectionState, SigningRules
    from sealyard.trust.update import UploadedFile

_ATTEMPTS = 5
_AT_ONCE_BYTES = 128 * 1024  # judged on the loop thread; larger uploads go to another one


class TrustPublishing:
    """Takes uploads of trust data."""

    def __init__(
        self,
        database: Database,
        keys: TrustKeys,
        clock: Callable[[], datetime],
        rules: SigningRules,
        trust_enabled: Callable[[Connection], bool],
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._rules = rules
        self._trust_enabled = trust_enabled
        self._refusals = Refusals(database, clock)
        self._policy: tuple[int, bool] | None = None
        # A large upload takes ten times its size while it is judged.
        self._one_large = asyncio.Semaphore(1)

    async def admit(self, caller: Caller, name: CollectionName) -> None:
        """Pass if ``publish`` would look at an upload; for asking before it is received.

        Needs ``PUSH`` and ``SIGN``; raise ``ContentTrustDisabledError`` if the policy is off.
        """
        async with self._refusals.recorded(caller, name, "trust.publish"):
            await self._permit(caller, name)

    async def publish(
        self, caller: Caller, name: CollectionName, uploads: Sequence[UploadedFile]
    ) -> None:
        """Make ``uploads`` the next state of the collection; needs ``PUSH`` and ``SIGN``.

        Raise ``ContentTrustDisabledError``, what the judge raises (``trust.update.check_upload``),
        ``LockedError``, or ``ConflictError`` if others kept being faster.
        """
        async with self._refusals.recorded(caller, name, "trust.publish"):
            await self._permit(caller, name)
            for _ in range(_ATTEMPTS):
                if await self._attempt(caller, name, uploads):
                    return
        message = f"others are publishing {name.repository} at the same time; try again"
        raise ConflictError(message)

    async def _permit(self, caller: Caller, name: CollectionName) -> None:
        # Whether anybody may sign comes before who: being granted the role would not help yet.
        caller.require(Action.PUSH, name.repository)
        if not await self._is_enabled():
            raise ContentTrustDisabledError
        caller.require(Action.SIGN, name.repository)

    async def _is_enabled(self) -> bool:
        """Tell whether content trust was on when the policy last changed; the write asks again."""
        stamp = self._database.generations.stamp(TOPIC)
        if self._policy is None or self._policy[0] != stamp:
            self._policy = (stamp, await self._database.read(self._trust_enabled))
        return self._policy[1]

    async def _attempt(
        self, caller: Caller, name: CollectionName, uploads: Sequence[UploadedFile]
    ) -> bool:
        needed = roles_needed(uploads)

        def read(connection: Connection) -> CollectionState:
            return state.load(connection, name.gun, needed)

        before, now = await self._database.read(read), self._clock()
        change = await self._judged(name, uploads, before, now)
        if change is None:
            return True

        def write(transaction: Transaction) -> bool:
            if not self._trust_enabled(transaction.connection):
                raise ContentTrustDisabledError
            require_locked_tags_to_stay(transaction.connection, change)
            if not state.replace(transaction, change):
                return False
            versions = {file.role: file.version for file in change.new}
            entry = done(
                caller, now, "trust.publish", name.repository, collection=name.gun, files=versions
            )
            ActivityStore(transaction.connection).record(entry)
            return True

        return await self._database.write(write)

    async def _judged(
        self,
        name: CollectionName,
        uploads: Sequence[UploadedFile],
        before: CollectionState,
        now: datetime,
    ) -> Change | None:
        def judge() -> Change | None:
            checked = check_upload(name.gun, uploads, before.files, now, self._rules.limits)
            keys = self._keys.signing(before.keys)
            making = Making(keys, now, self._rules.lifetimes, self._rules.limits)
            new = next_state(checked, before.files, making)
            if not new:
                return None
            return Change(name, before, new, renewal_due(new, before.files, making), now)

        if sum(len(upload.raw) for upload in uploads) <= _AT_ONCE_BYTES:
            return judge()
        async with self._one_large:
            return await asyncio.get_running_loop().run_in_executor(None, judge)
