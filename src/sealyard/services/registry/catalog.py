"""The list of repositories: those that the caller may pull from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.repositories import RepositoryStore
from sealyard.services.registry.tags import NamePage, page_of

if TYPE_CHECKING:
    from sealyard.access.caller import Caller
    from sealyard.db.database import Database
    from sealyard.services.registry.limits import RegistryLimits


class Catalog:
    """All repositories."""

    def __init__(self, database: Database, limits: RegistryLimits) -> None:
        self._database = database
        self._limits = limits

    async def page(self, caller: Caller, *, after: str = "", limit: int | None = None) -> NamePage:
        """Return the names after ``after``, at most ``limit``."""
        caller.require(Action.CATALOG)
        most = self._limits.max_page_size
        count = most if limit is None else min(limit, most)
        among = None if sees_everything(caller) else _visible(caller)
        found = await self._database.read_aside(
            lambda connection: RepositoryStore(connection).names(after, count + 1, among)
        )
        return page_of(found, count)


def sees_everything(caller: Caller) -> bool:
    """Tell whether no repository is kept from the caller, so that all such get the same list."""
    return caller.holds(Action.PULL)


def _visible(caller: Caller) -> list[str]:
    granted = caller.rights.in_repository
    return [name for name, actions in granted.items() if Action.PULL in actions]
