"""Groups of the directory: making, changing and deleting them, and who is in them.

A role that a group holds reaches its members at once, and leaves them at once. So only an Owner
changes groups, as it does users: whoever puts somebody into a group grants that group's roles.
Members are users and service principals; a group is no member of another, which would make it a
matter of following chains who holds what.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.principals import is_guid
from sealyard.db.activity import ActivityStore
from sealyard.db.groups import Group, GroupFilter, GroupStore
from sealyard.db.role_assignments import RoleAssignmentStore
from sealyard.errors import (
    ConflictError,
    DirectoryObjectExistsError,
    DirectoryObjectUnknownError,
    LimitExceededError,
)
from sealyard.services.directory.identities import by_any_name, holder, principal_of
from sealyard.services.directory.last_owner import require_an_owner
from sealyard.services.directory.users import (
    MAX_DISPLAY_NAME,
    MAX_PAGE,
    TOPIC,
    checked_display_name,
)
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.access.principals import Principal
    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.identities import DirectoryObject

MAX_GROUPS: Final = 10_000
MAX_MEMBERS: Final = 10_000  # of one group
MAX_MEMBERSHIPS: Final = 500  # of one principal: all of them are read when it signs in
_MAX_DESCRIPTION: Final = 1024


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group to be made. ``mail_nickname`` is kept for clients that ask for it."""

    display_name: str
    mail_nickname: str = ""
    description: str = ""


class GroupService:
    """What can be done with groups."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def create(self, caller: Caller, wanted: NewGroup) -> Group:
        """Make a group without members; needs ``DIRECTORY_WRITE``.

        Raise ``InvalidNameError``, ``DirectoryObjectExistsError`` or ``LimitExceededError``.
        """
        caller.require(Action.DIRECTORY_WRITE)
        group = Group(
            object_id=str(uuid.uuid4()),
            display_name=_checked_name(wanted.display_name),
            mail_nickname=checked_display_name(wanted.mail_nickname),
            description=_checked_description(wanted.description),
            created_at=self._clock(),
        )

        def work(transaction: Transaction) -> None:
            store = GroupStore(transaction.connection)
            _require_free(transaction.connection, group)
            if store.count() >= MAX_GROUPS:
                what = "the number of groups"
                raise LimitExceededError(what, MAX_GROUPS)
            store.add(group)
            _record(transaction, caller, group.created_at, "group.create", group)

        await self._database.write(work)
        return group

    async def show(self, caller: Caller, name: str) -> Group:
        """Return a group by name or object id; needs ``DIRECTORY_READ``.

        Raise ``DirectoryObjectUnknownError``.
        """
        caller.require(Action.DIRECTORY_READ)
        return await self._database.read(lambda connection: find_group(connection, name))

    async def page(self, caller: Caller, wanted: GroupFilter, limit: int) -> list[Group]:
        """Return at most ``limit`` groups by name; needs ``DIRECTORY_READ``."""
        caller.require(Action.DIRECTORY_READ)
        count = max(1, min(limit, MAX_PAGE))
        return await self._database.read_aside(
            lambda connection: GroupStore(connection).page(wanted, count)
        )

    async def change(
        self,
        caller: Caller,
        name: str,
        *,
        display_name: str | None = None,
        description: str | None = None,
    ) -> Group:
        """Rename a group, or describe it otherwise; needs ``DIRECTORY_WRITE``."""
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> Group:
            present = find_group(transaction.connection, name)
            changed = Group(
                present.object_id,
                present.display_name if display_name is None else _checked_name(display_name),
                present.mail_nickname,
                present.description if description is None else _checked_description(description),
                present.created_at,
            )
            _require_free(transaction.connection, changed)
            GroupStore(transaction.connection).change(
                changed.object_id,
                display_name=changed.display_name,
                description=changed.description,
            )
            _record(transaction, caller, self._clock(), "group.update", changed)
            return changed

        return await self._database.write(work)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete a group with its roles; needs ``DIRECTORY_WRITE``.

        Raise ``LastOwnerError`` rather than lock everybody out.
        """
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            group = find_group(transaction.connection, name)
            RoleAssignmentStore(transaction.connection).delete_all(group.object_id)
            GroupStore(transaction.connection).delete(group.object_id)
            require_an_owner(transaction.connection)
            _record(transaction, caller, self._clock(), "group.delete", group)

        await self._database.write(work)

    async def members(
        self, caller: Caller, name: str, limit: int, after: str = ""
    ) -> list[DirectoryObject]:
        """Return at most ``limit`` members by object id, after that one. ``DIRECTORY_READ``."""
        caller.require(Action.DIRECTORY_READ)
        count = max(1, min(limit, MAX_PAGE))

        def read(connection: Connection) -> list[DirectoryObject]:
            group = find_group(connection, name)
            ids = GroupStore(connection).members(group.object_id, count, after)
            found = (holder(connection, one) for one in ids)
            return [one for one in found if one is not None]

        return await self._database.read_aside(read)

    async def add_member(self, caller: Caller, name: str, member: str) -> None:
        """Put a user or service principal (any name or id) into a group. ``DIRECTORY_WRITE``.

        Raise ``ConflictError`` for a group, ``DirectoryObjectExistsError`` for who is in it.
        """
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            connection, store = transaction.connection, GroupStore(transaction.connection)
            group = find_group(connection, name)
            found = by_any_name(connection, member)
            principal = principal_of(found)
            if isinstance(found, Group):
                message = (
                    f"{found.display_name} is a group: members are users and service principals; "
                    "grant the role to both groups instead"
                )
                raise ConflictError(message)
            if store.has_member(group.object_id, principal.object_id):
                kind = "member"
                raise DirectoryObjectExistsError(
                    kind, f"{principal.name} of the group {group.display_name}"
                )
            _require_room(store, group, principal)
            now = self._clock()
            store.add_member(group.object_id, principal.object_id, now)
            _record(transaction, caller, now, "group.member.add", group, **_named(principal))

        await self._database.write(work)

    async def remove_member(self, caller: Caller, name: str, member: str) -> None:
        """Take somebody out of a group; needs ``DIRECTORY_WRITE``.

        Raise ``DirectoryObjectUnknownError``, or ``LastOwnerError`` rather than lock everybody out.
        """
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            connection, store = transaction.connection, GroupStore(transaction.connection)
            group = find_group(connection, name)
            principal = principal_of(by_any_name(connection, member))
            if not store.has_member(group.object_id, principal.object_id):
                kind = "member"
                raise DirectoryObjectUnknownError(
                    kind, f"{principal.name} of the group {group.display_name}"
                )
            store.remove_member(group.object_id, principal.object_id)
            require_an_owner(connection)
            kind, now = "group.member.remove", self._clock()
            _record(transaction, caller, now, kind, group, **_named(principal))

        await self._database.write(work)

    async def of_member(self, caller: Caller, member: str) -> list[Group]:
        """Return the groups that somebody is in; needs ``DIRECTORY_READ``.

        Everybody may read its own. A group is in none.
        """
        if caller.is_anonymous or member.lower() not in {
            caller.principal.name,
            caller.principal.object_id,
        }:
            caller.require(Action.DIRECTORY_READ)

        def read(connection: Connection) -> list[Group]:
            store = GroupStore(connection)
            found = (
                store.by_id(one)
                for one in store.of_member(by_any_name(connection, member).object_id)
            )
            return [one for one in found if one is not None]

        return await self._database.read(read)

    async def within(self, caller: Caller, member: str, group_ids: Collection[str]) -> list[str]:
        """Return those of ``group_ids`` that somebody is in; needs what ``of_member`` does."""
        held = {group.object_id for group in await self.of_member(caller, member)}
        return [one for one in dict.fromkeys(group_ids) if one.lower() in held]


def find_group(connection: Connection, name: str) -> Group:
    """Return a group by name or object id; raise ``DirectoryObjectUnknownError``."""
    store, found = GroupStore(connection), None
    if 0 < len(name) <= MAX_DISPLAY_NAME:
        found = store.by_id(name.lower()) or store.by_name(name)
    if found is None:
        kind = "group"
        raise DirectoryObjectUnknownError(kind, name[:MAX_DISPLAY_NAME])
    return found


def _require_free(connection: Connection, group: Group) -> None:
    other = GroupStore(connection).by_name(group.display_name)
    if other is not None and other.object_id != group.object_id:
        kind = "group"
        raise DirectoryObjectExistsError(kind, group.display_name)


def _require_room(store: GroupStore, group: Group, principal: Principal) -> None:
    if len(store.members(group.object_id, MAX_MEMBERS)) >= MAX_MEMBERS:
        what = f"the number of members of the group {group.display_name}"
        raise LimitExceededError(what, MAX_MEMBERS)
    if len(store.of_member(principal.object_id)) >= MAX_MEMBERSHIPS:
        what = f"the number of groups that {principal.name} is in"
        raise LimitExceededError(what, MAX_MEMBERSHIPS)


def _checked_name(text: str) -> str:
    shown, what = checked_display_name(text), "name of the group"
    if not shown:
        reason = "it is empty"
        raise InvalidNameError(what, reason)
    if is_guid(shown.lower()) or "@" in shown:
        reason = "it could be mistaken for an id or a user's name"
        raise InvalidNameError(what, reason)
    return shown


def _checked_description(text: str) -> str:
    if len(text) > _MAX_DESCRIPTION or not text.isprintable():
        what, reason = "description", f"it needs at most {_MAX_DESCRIPTION} printable characters"
        raise InvalidNameError(what, reason)
    return text.strip()


def _record(
    transaction: Transaction, caller: Caller, at: datetime, kind: str, group: Group, **detail: str
) -> None:
    transaction.touch(TOPIC)
    ActivityStore(transaction.connection).record(
        done(caller, at, kind, group=group.display_name, object_id=group.object_id, **detail)
    )


def _named(member: Principal) -> dict[str, str]:
    return {"member": member.name, "member_id": member.object_id}
