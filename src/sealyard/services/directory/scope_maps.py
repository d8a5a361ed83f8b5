"""Scope maps: what tokens may do, made, changed and deleted; those of the system only shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.scope_maps import SYSTEM_SCOPE_MAPS, parse_actions
from sealyard.db.registry import RegistryStore
from sealyard.db.scope_maps import ScopeMap, ScopeMapStore
from sealyard.db.scoped_tokens import ScopedTokenStore
from sealyard.errors import ConflictError, DirectoryObjectUnknownError, LimitExceededError
from sealyard.services.directory.token_grants import TokenChanges, require_giving

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.access.scope_maps import SystemScopeMap
    from sealyard.db.database import Database, Transaction

MAX_SCOPE_MAPS: Final = 20_000
MAX_PAGE: Final = 500
_MAX_DESCRIPTION: Final = 256
_MAX_SHOWN: Final = 64
# The names of Azure's; those that begin with an underscore are the system's.
_NAME: Final = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_-]{4,49}")


class ScopeMapService:
    """What can be done with scope maps. Managing them is in ``token_grants``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._changes = TokenChanges(database, clock)

    async def put(
        self, caller: Caller, name: str, description: str, actions: Sequence[str]
    ) -> tuple[ScopeMap, bool]:
        """Make a map, or give the one there is this description and these actions.

        Return it, and whether it is new. Raise ``InvalidNameError``, ``GrantTooWideError`` or
        ``ConflictError`` (one of the system's).
        """
        wanted = ScopeMap(
            _checked_name(name), _checked_description(description), _texts(actions), self._clock()
        )

        def work(transaction: Transaction) -> tuple[ScopeMap, bool]:
            store = ScopeMapStore(transaction.connection)
            present = store.find(name)
            if present is not None:
                return self._replace(transaction, caller, present, wanted), False
            require_giving(caller, parse_actions(wanted.actions))
            if store.count() >= MAX_SCOPE_MAPS:
                what = "the number of scope maps"
                raise LimitExceededError(what, MAX_SCOPE_MAPS)
            store.add(wanted)
            self._changes.record(
                transaction, caller, "scopemap.create", wanted.name, added=list(wanted.actions)
            )
            return wanted, True

        return await self._changes.make(caller, "scopemap.create", name[:_MAX_SHOWN], work)

    async def change(
        self,
        caller: Caller,
        name: str,
        *,
        description: str | None = None,
        actions: Sequence[str] | None = None,
    ) -> ScopeMap:
        """Change the description, the actions, or both; what it gives more is checked, as in put.

        Raise ``DirectoryObjectUnknownError`` besides.
        """
        _checked_name(name)

        def work(transaction: Transaction) -> ScopeMap:
            present = find_scope_map(transaction.connection, name)
            wanted = ScopeMap(
                present.name,
                present.description if description is None else _checked_description(description),
                present.actions if actions is None else _texts(actions),
                present.created_at,
            )
            return self._replace(transaction, caller, present, wanted)

        return await self._changes.make(caller, "scopemap.update", name[:_MAX_SHOWN], work)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete a map; raise ``ConflictError`` while tokens are made from it."""
        _checked_name(name)

        def work(transaction: Transaction) -> None:
            present = find_scope_map(transaction.connection, name)
            using = ScopedTokenStore(transaction.connection).of_map(present.key)
            if using:
                named = ", ".join(token.name for token in using)
                message = (
                    f"the scope map {present.name} is in use by tokens ({named}); delete them, "
                    "or give them another scope map first"
                )
                raise ConflictError(message)
            ScopeMapStore(transaction.connection).delete(name)
            self._changes.record(transaction, caller, "scopemap.delete", present.name)

        await self._changes.make(caller, "scopemap.delete", name[:_MAX_SHOWN], work)

    async def show(self, caller: Caller, name: str) -> ScopeMap:
        """Return one, the system's too; needs ``REGISTRY_READ``.

        Raise ``DirectoryObjectUnknownError``.
        """
        caller.require(Action.REGISTRY_READ)
        return await self._database.read(lambda connection: any_scope_map(connection, name))

    async def page(self, caller: Caller, after: str, limit: int) -> list[ScopeMap]:
        """Return at most ``limit`` maps by name, after ``after``; needs ``REGISTRY_READ``.

        The system's come first, on the first page, and are not counted.
        """
        caller.require(Action.REGISTRY_READ)
        count = max(1, min(limit, MAX_PAGE))

        def work(connection: Connection) -> list[ScopeMap]:
            known = () if after else SYSTEM_SCOPE_MAPS.values()
            system = [_shown(connection, one) for one in known]
            return system + ScopeMapStore(connection).page(after, count)

        return await self._database.read_aside(work)

    def _replace(
        self, transaction: Transaction, caller: Caller, present: ScopeMap, wanted: ScopeMap
    ) -> ScopeMap:
        added = [text for text in wanted.actions if text not in present.actions]
        removed = [text for text in present.actions if text not in wanted.actions]
        require_giving(caller, parse_actions(added))
        ScopeMapStore(transaction.connection).replace(wanted)
        self._changes.record(
            transaction, caller, "scopemap.update", present.name, added=added, removed=removed
        )
        return ScopeMap(present.name, wanted.description, wanted.actions, present.created_at)


def find_scope_map(connection: Connection, name: str) -> ScopeMap:
    """Return a map that somebody made; raise ``DirectoryObjectUnknownError``."""
    found = ScopeMapStore(connection).find(name)
    if found is None:
        kind = "scope map"
        raise DirectoryObjectUnknownError(kind, name[:_MAX_SHOWN])
    return found


def any_scope_map(connection: Connection, name: str) -> ScopeMap:
    """Return a map, the system's too; raise ``DirectoryObjectUnknownError``."""
    system = SYSTEM_SCOPE_MAPS.get(name.lower())
    return find_scope_map(connection, name) if system is None else _shown(connection, system)


def is_system_map(name: str) -> bool:
    """Tell whether a map is always there and never changes."""
    return name.lower() in SYSTEM_SCOPE_MAPS


def _shown(connection: Connection, system: SystemScopeMap) -> ScopeMap:
    record = RegistryStore(connection).find()
    if record is None:
        message = "the registry's record is missing"
        raise RuntimeError(message)
    actions = tuple(str(action) for action in system.actions)
    return ScopeMap(system.name, system.description, actions, record.created_at)


def _checked_name(name: str) -> str:
    if is_system_map(name):
        message = f"{name} is a scope map of the system and never changes; make one of your own"
        raise ConflictError(message)
    if not _NAME.fullmatch(name):
        what = "name of the scope map"
        reason = "it needs 5 to 50 letters, digits, - and _, and does not begin with _"
        raise InvalidNameError(what, reason)
    return name


def _checked_description(text: str) -> str:
    if len(text) > _MAX_DESCRIPTION or not text.isprintable():
        what, reason = "description", f"it needs at most {_MAX_DESCRIPTION} printable characters"
        raise InvalidNameError(what, reason)
    return text


def _texts(actions: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(action) for action in parse_actions(actions))
