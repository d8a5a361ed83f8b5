"""Who may give a scoped token what: nobody gives more than they hold.

Tokens and scope maps are managed by whoever changes the registry (Contributor, Owner) or grants
roles (Owner, User Access Administrator). Who may grant roles may give a token anything; everybody
else only what they may do themselves, so that a Contributor makes tokens that pull and push and
none that signs. Showing a token's new password gives it too: it counts the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sealyard.access.actions import Action
from sealyard.access.errors import GrantTooWideError
from sealyard.db.activity import ActivityStore
from sealyard.services.directory.users import TOPIC
from sealyard.services.operations.activity import done, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.access.scope_maps import ScopeMapAction
    from sealyard.db.database import Database, Transaction

T = TypeVar("T")


def require_managing(caller: Caller) -> None:
    """Pass if ``caller`` may manage tokens and scope maps; raise ``DeniedError``."""
    if not caller.may(Action.ROLES_WRITE):
        caller.require(Action.REGISTRY_WRITE)


def require_giving(caller: Caller, actions: Iterable[ScopeMapAction]) -> None:
    """Pass if ``caller`` may give a token ``actions``; raise ``GrantTooWideError``."""
    if caller.may(Action.ROLES_WRITE):
        return
    for one in actions:
        if not one.is_within(caller.rights):
            raise GrantTooWideError(caller.principal.name, str(one), one.action, one.pattern)


class TokenChanges:
    """Changes of tokens and scope maps: seen by all workers at once, and in the activity log."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def make(
        self, caller: Caller, kind: str, name: str, work: Callable[[Transaction], T]
    ) -> T:
        """Run ``work``; record a refusal to give more than ``caller`` holds."""
        require_managing(caller)
        try:
            return await self._database.write(work)
        except GrantTooWideError as error:
            entry = refused(caller, self._clock(), kind, name=name, lacking=error.lacking)
            await self._database.write(
                lambda transaction: ActivityStore(transaction.connection).record(entry)
            )
            raise

    def record(
        self,
        transaction: Transaction,
        caller: Caller,
        kind: str,
        name: str,
        **detail: Any,  # noqa: ANN401 (plain JSON values)
    ) -> None:
        """Write a change into the log and tell the workers."""
        transaction.touch(TOPIC)
        entry = done(caller, self._clock(), kind, name=name, **detail)
        ActivityStore(transaction.connection).record(entry)
