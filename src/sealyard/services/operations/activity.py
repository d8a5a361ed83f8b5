"""The activity log: what a change writes into it, and who may read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sealyard.access.actions import Action
from sealyard.db.activity import Activity, ActivityFilter, ActivityStore

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database

MAX_PAGE: Final = 1000


def done(caller: Caller, at: datetime, kind: str, repository: str = "", **detail: Any) -> Activity:  # noqa: ANN401 (plain JSON values)
    """Describe what ``caller`` did; ``detail`` never holds a secret."""
    return Activity(
        at=at,
        kind=kind,
        outcome="done",
        actor_id=caller.principal.object_id,
        actor_name=caller.principal.name,
        address=caller.address,
        repository=repository,
        detail=detail,
    )


def refused(
    caller: Caller,
    at: datetime,
    kind: str,
    repository: str = "",
    **detail: Any,  # noqa: ANN401 (plain JSON values)
) -> Activity:
    """Describe what ``caller`` was refused; ``detail`` never holds a secret."""
    return replace(done(caller, at, kind, repository, **detail), outcome="refused")


class ActivityService:
    """Reading the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, caller: Caller, wanted: ActivityFilter, limit: int) -> list[Activity]:
        """Return at most ``limit`` matching lines; needs ``ACTIVITY_READ``.

        The next page begins after the ``id`` of the last line (``ActivityFilter.after``).
        """
        caller.require(Action.ACTIVITY_READ, wanted.repository or None)
        count = max(1, min(limit, MAX_PAGE))
        return await self._database.read_aside(
            lambda connection: ActivityStore(connection).page(wanted, count)
        )
