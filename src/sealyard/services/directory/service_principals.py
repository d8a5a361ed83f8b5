"""Service principals: making, showing, changing and deleting them.

Secrets are made up here, returned once and kept as hashes only (see ``principal_secrets``).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.principals import is_guid
from sealyard.db.activity import ActivityStore
from sealyard.db.service_principals import (
    ServicePrincipal,
    ServicePrincipalFilter,
    ServicePrincipalStore,
)
from sealyard.errors import DirectoryObjectExistsError, DirectoryObjectUnknownError
from sealyard.services.directory.users import (
    MAX_DISPLAY_NAME,
    MAX_PAGE,
    TOPIC,
    checked_display_name,
    forget_principal,
)
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction

_MAX_NAMES: Final = 32


class ServicePrincipalService:
    """What can be done with service principals."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self, caller: Caller, display_name: str, *, names: Sequence[str] = ()
    ) -> ServicePrincipal:
        """Make a service principal without a secret; needs ``DIRECTORY_WRITE``.

        ``names`` are servicePrincipalNames besides the appId. Raise ``InvalidNameError`` or
        ``DirectoryObjectExistsError``.
        """
        caller.require(Action.DIRECTORY_WRITE)
        principal = new_service_principal(display_name, names, self._clock())

        def work(transaction: Transaction) -> None:
            add_service_principal(transaction, caller, principal)

        await self._database.write(work)
        return principal

    async def show(self, caller: Caller, name: str) -> ServicePrincipal:
        """Return one by appId, object id, application id or servicePrincipalName.

        Needs ``DIRECTORY_READ``; everybody may read itself. Raise ``DirectoryObjectUnknownError``.
        """
        if caller.is_anonymous or name.lower() not in {
            caller.principal.name,
            caller.principal.object_id,
        }:
            caller.require(Action.DIRECTORY_READ)
        return await self._database.read(
            lambda connection: find_service_principal(connection, name)
        )

    async def page(
        self, caller: Caller, wanted: ServicePrincipalFilter, limit: int
    ) -> list[ServicePrincipal]:
        """Return at most ``limit`` of them by object id; needs ``DIRECTORY_READ``.

        The next page begins after the object id of the last one
        (``ServicePrincipalFilter.after``).
        """
        caller.require(Action.DIRECTORY_READ)
        count = max(1, min(limit, MAX_PAGE))
        return await self._database.read_aside(
            lambda connection: ServicePrincipalStore(connection).page(wanted, count)
        )

    async def rename(
        self,
        caller: Caller,
        name: str,
        *,
        display_name: str | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        """Change the display name, the servicePrincipalNames, or both. ``DIRECTORY_WRITE``."""
        caller.require(Action.DIRECTORY_WRITE)
        shown = None if display_name is None else _checked_name(display_name)

        def work(transaction: Transaction) -> None:
            store = ServicePrincipalStore(transaction.connection)
            principal = find_service_principal(transaction.connection, name)
            if shown is not None:
                store.set_display_name(principal.object_id, shown)
            if names is not None:
                wanted = _checked_names(principal.app_id, names)
                _require_free(transaction.connection, wanted, principal.object_id)
                store.set_names(principal.object_id, wanted)
            record_principal(transaction, caller, self._clock(), "sp.update", principal)

        await self._database.write(work)

    async def set_enabled(self, caller: Caller, name: str, *, enabled: bool) -> None:
        """Let a service principal sign in, or not any more, at once; needs ``DIRECTORY_WRITE``."""
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            principal = find_service_principal(transaction.connection, name)
            store = ServicePrincipalStore(transaction.connection)
            store.set_enabled(principal.object_id, enabled=enabled)
            kind = "sp.enable" if enabled else "sp.disable"
            record_principal(transaction, caller, self._clock(), kind, principal)

        await self._database.write(work)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete one with its secrets, roles and sign-ins; needs ``DIRECTORY_WRITE``."""
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            principal = find_service_principal(transaction.connection, name)
            forget_principal(transaction.connection, principal.object_id)
            ServicePrincipalStore(transaction.connection).delete(principal.object_id)
            record_principal(transaction, caller, self._clock(), "sp.delete", principal)

        await self._database.write(work)


def new_service_principal(
    display_name: str, names: Sequence[str], at: datetime
) -> ServicePrincipal:
    """Make up the ids of a service principal; raise ``InvalidNameError``."""
    app_id = str(uuid.uuid4())
    return ServicePrincipal(
        object_id=str(uuid.uuid4()),
        app_id=app_id,
        application_id=str(uuid.uuid4()),
        display_name=_checked_name(display_name),
        names=_checked_names(app_id, names),
        enabled=True,
        epoch=0,
        created_at=at,
    )


def add_service_principal(
    transaction: Transaction, caller: Caller, principal: ServicePrincipal
) -> None:
    """Insert ``principal`` and record it; raise ``DirectoryObjectExistsError``."""
    _require_free(transaction.connection, principal.names, principal.object_id)
    ServicePrincipalStore(transaction.connection).add(principal)
    record_principal(transaction, caller, principal.created_at, "sp.create", principal)


def find_service_principal(connection: Connection, name: str) -> ServicePrincipal:
    """Return one by any of its ids and names; raise ``DirectoryObjectUnknownError``."""
    store, wanted = ServicePrincipalStore(connection), name.lower()
    found = None
    if is_guid(wanted):
        found = store.by_app_id(wanted) or store.by_id(wanted) or store.by_application_id(wanted)
    elif name:
        found = store.by_name(name)
    if found is None:
        kind = "service principal"
        raise DirectoryObjectUnknownError(kind, name[:MAX_DISPLAY_NAME])
    return found


def record_principal(
    transaction: Transaction,
    caller: Caller,
    at: datetime,
    kind: str,
    principal: ServicePrincipal,
    **detail: str,
) -> None:
    """Write a change of ``principal`` into the activity log and tell the workers."""
    transaction.touch(TOPIC)
    ActivityStore(transaction.connection).record(
        done(
            caller,
            at,
            kind,
            app_id=principal.app_id,
            object_id=principal.object_id,
            display_name=principal.display_name,
            **detail,
        )
    )


def _checked_name(text: str) -> str:
    shown = checked_display_name(text)
    if not shown:
        what, reason = "display name", "it is empty"
        raise InvalidNameError(what, reason)
    return shown


def _checked_names(app_id: str, names: Sequence[str]) -> tuple[str, ...]:
    unique = tuple(dict.fromkeys([app_id, *names]))
    what = "servicePrincipalName"
    if len(unique) > _MAX_NAMES:
        reason = f"there are more than {_MAX_NAMES}"
        raise InvalidNameError(what, reason)
    for name in unique[1:]:
        if not 0 < len(name) <= MAX_DISPLAY_NAME or not name.isprintable():
            reason = f"it needs 1 to {MAX_DISPLAY_NAME} printable characters"
            raise InvalidNameError(what, reason)
        if is_guid(name.lower()) or "@" in name:
            reason = "it could be mistaken for an id or a user's name"
            raise InvalidNameError(what, reason)
    return unique


def _require_free(connection: Connection, names: Sequence[str], object_id: str) -> None:
    for name in names:
        other = ServicePrincipalStore(connection).by_name(name)
        if other is not None and other.object_id != object_id:
            kind = "service principal"
            raise DirectoryObjectExistsError(kind, name)
