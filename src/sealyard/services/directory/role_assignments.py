"""Role assignments: granting and withdrawing roles, in the registry or in one repository.

Whoever grants or withdraws needs ``ROLES_WRITE`` in the place where the role is to hold: Owners and
User Access Administrators have it, and nobody else.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.principals import is_guid
from sealyard.access.roles import role as role_named
from sealyard.db.activity import ActivityStore
from sealyard.db.role_assignments import RoleAssignment, RoleAssignmentStore
from sealyard.errors import DirectoryObjectExistsError, DirectoryObjectUnknownError
from sealyard.services.directory.identities import by_any_name, holder, principal_of
from sealyard.services.directory.last_owner import require_an_owner
from sealyard.services.directory.users import TOPIC
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.assignments import AssignmentScope
    from sealyard.access.caller import Caller
    from sealyard.access.principals import Principal
    from sealyard.access.roles import Role
    from sealyard.db.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One assignment with what its ids stand for."""

    assignment: RoleAssignment
    role: Role
    principal: Principal


@dataclass(frozen=True, slots=True)
class HeldRoleFilter:
    """Which assignments to list.

    ``assignee`` is any name or id of a principal, empty for all, ``through_groups`` with those of
    the groups it is in; ``repository`` ``None`` lists those of the registry and of all
    repositories, otherwise those that hold in that repository.
    """

    assignee: str = ""
    repository: str | None = None
    through_groups: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A role to be given: to whom (any name or id), which, and where.

    ``assignment_id`` is a GUID of the client's choice, as Azure has it, or made up.
    """

    assignee: str
    role: Role
    scope: AssignmentScope
    assignment_id: str | None = None


class RoleAssignmentService:
    """What can be done with role assignments."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self,
        caller: Caller,
        *,
        assignee: str,
        role: str,
        scope: AssignmentScope,
        assignment_id: str | None = None,
    ) -> HeldRole:
        """Grant ``role`` (name or id) to ``assignee`` (any name or id) at ``scope``.

        ``assignment_id`` is a GUID of the client's choice, as Azure has it. Raise ``DeniedError``,
        ``RoleUnknownError``, ``DirectoryObjectUnknownError`` or ``DirectoryObjectExistsError``.
        """
        caller.require(Action.ROLES_WRITE, scope.repository)
        wanted = Grant(assignee, role_named(role), scope, _checked_id(assignment_id))

        def work(transaction: Transaction) -> HeldRole:
            return grant(transaction, caller, self._clock(), wanted)

        return await self._database.write(work)

    async def delete(self, caller: Caller, assignment_id: str) -> HeldRole:
        """Withdraw one assignment and return what it was.

        Raise ``DeniedError``, ``DirectoryObjectUnknownError`` or ``LastOwnerError``.
        """

        def work(transaction: Transaction) -> HeldRole:
            store = RoleAssignmentStore(transaction.connection)
            row = store.find(assignment_id.lower())
            # Whoever may grant nowhere does not learn which ids exist.
            caller.require(Action.ROLES_WRITE, None if row is None else row.repository)
            held = _find(transaction.connection, assignment_id)
            store.delete(held.assignment.id)
            require_an_owner(transaction.connection)
            _record(transaction, caller, self._clock(), "role.withdraw", held)
            return held

        return await self._database.write(work)

    async def show(self, caller: Caller, assignment_id: str) -> HeldRole:
        """Return one assignment; needs ``ROLES_READ``. Raise ``DirectoryObjectUnknownError``."""
        caller.require(Action.ROLES_READ)
        return await self._database.read(lambda connection: _find(connection, assignment_id))

    async def everything(self, caller: Caller, wanted: HeldRoleFilter) -> list[HeldRole]:
        """Return all matching assignments, the oldest first; needs ``ROLES_READ``."""
        caller.require(Action.ROLES_READ, wanted.repository)
        return await self._database.read_aside(lambda connection: _matching(connection, wanted))


def grant(transaction: Transaction, caller: Caller, at: datetime, wanted: Grant) -> HeldRole:
    """Insert an assignment and record it; the caller's right to do so was checked before."""
    store = RoleAssignmentStore(transaction.connection)
    principal = principal_of(by_any_name(transaction.connection, wanted.assignee))
    role, repository = wanted.role, wanted.scope.repository
    taken = None if wanted.assignment_id is None else store.find(wanted.assignment_id)
    if taken or store.find_same(principal.object_id, role.id, repository):
        kind = "role assignment"
        raise DirectoryObjectExistsError(kind, f"of {role.name} to {principal.name}")
    held = HeldRole(
        RoleAssignment(
            id=wanted.assignment_id or str(uuid.uuid4()),
            object_id=principal.object_id,
            role_id=role.id,
            repository=repository,
            created_by=caller.principal.object_id,
            created_at=at,
        ),
        role,
        principal,
    )
    store.add(held.assignment)
    _record(transaction, caller, at, "role.assign", held)
    return held


def _checked_id(assignment_id: str | None) -> str | None:
    if assignment_id is None:
        return None
    if not is_guid(assignment_id.lower()):
        what, reason = "id of the role assignment", "it has to be a GUID"
        raise InvalidNameError(what, reason)
    return assignment_id.lower()


def _find(connection: Connection, assignment_id: str) -> HeldRole:
    row = RoleAssignmentStore(connection).find(assignment_id.lower())
    held = None if row is None else _held(connection, row)
    if held is None:
        kind = "role assignment"
        raise DirectoryObjectUnknownError(kind, assignment_id[:64])
    return held


def _matching(connection: Connection, wanted: HeldRoleFilter) -> list[HeldRole]:
    store = RoleAssignmentStore(connection)
    if wanted.assignee:
        object_id = by_any_name(connection, wanted.assignee).object_id
        rows = store.reaching(object_id) if wanted.through_groups else store.of(object_id)
    else:
        rows = store.everything()
    if wanted.repository is not None:
        rows = [row for row in rows if row.repository in {None, wanted.repository}]
    return [held for held in (_held(connection, row) for row in rows) if held is not None]


def _held(connection: Connection, row: RoleAssignment) -> HeldRole | None:
    found = holder(connection, row.object_id)
    return None if found is None else HeldRole(row, role_named(row.role_id), principal_of(found))


def _record(
    transaction: Transaction, caller: Caller, at: datetime, kind: str, held: HeldRole
) -> None:
    transaction.touch(TOPIC)
    ActivityStore(transaction.connection).record(
        done(
            caller,
            at,
            kind,
            held.assignment.repository or "",
            role=held.role.name,
            assignee=held.principal.name,
            object_id=held.principal.object_id,
        )
    )
