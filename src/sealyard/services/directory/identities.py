"""Identities: a principal of the directory with its present rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.assignments import Assignment, AssignmentScope
from sealyard.access.principals import ANONYMOUS, Principal, PrincipalKind, is_guid
from sealyard.access.rights import NOTHING, Rights
from sealyard.access.roles import role
from sealyard.db.groups import Group, GroupStore
from sealyard.db.role_assignments import RoleAssignmentStore
from sealyard.db.service_principals import ServicePrincipal, ServicePrincipalStore
from sealyard.db.users import User, UserStore
from sealyard.errors import DirectoryObjectUnknownError
from sealyard.services.directory.registry_accounts import account_by_id, anonymous_rights

if TYPE_CHECKING:
    from sqlalchemy import Connection

MAX_NAME: Final = 256

DirectoryObject = User | ServicePrincipal | Group


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as of which epoch of its credentials, and what it may do."""

    principal: Principal
    epoch: int
    rights: Rights


NOBODY: Final = Identity(ANONYMOUS, 0, NOTHING)


def nobody(connection: Connection) -> Identity:
    """Return who has not signed in, with what everybody may do."""
    rights = anonymous_rights(connection)
    return NOBODY if rights == NOTHING else Identity(ANONYMOUS, 0, rights)


def load(connection: Connection, object_id: str) -> Identity | None:
    """Return the identity with that object id, ``None`` if it is gone or disabled."""
    found = by_object_id(connection, object_id)
    if found is None:
        account = account_by_id(connection, object_id)
        if account is None or not account.enabled:
            return None
        return Identity(account.principal, account.epoch, account.rights)
    if not found.enabled:
        return None
    assignments = [
        Assignment(row.object_id, role(row.role_id), AssignmentScope(row.repository))
        for row in RoleAssignmentStore(connection).reaching(object_id)
    ]
    return Identity(principal_of(found), found.epoch, Rights.of(assignments))


def by_object_id(connection: Connection, object_id: str) -> User | ServicePrincipal | None:
    """Return the user or service principal with that object id."""
    user = UserStore(connection).by_id(object_id)
    return user if user is not None else ServicePrincipalStore(connection).by_id(object_id)


def holder(connection: Connection, object_id: str) -> DirectoryObject | None:
    """Return who may hold roles under that object id: somebody who acts, or a group."""
    found = by_object_id(connection, object_id)
    return found if found is not None else GroupStore(connection).by_id(object_id)


def by_sign_in_name(connection: Connection, name: str) -> User | ServicePrincipal | None:
    """Return who signs in as ``name``: a user name, its unambiguous short form, or an appId."""
    name = name.lower()
    if is_guid(name):
        return ServicePrincipalStore(connection).by_app_id(name)
    if "@" in name:
        return UserStore(connection).by_principal_name(name)
    return UserStore(connection).by_short_name(name)


def by_any_name(connection: Connection, name: str) -> DirectoryObject:
    """Return whom ``--assignee <name>`` means.

    A user by user name, short name or object id; a service principal by appId, object id or one of
    its servicePrincipalNames; a group by object id or name. The first that fits, in that order.
    Raise ``DirectoryObjectUnknownError``.
    """
    found = None
    if 0 < len(name) <= MAX_NAME:
        found = (
            by_sign_in_name(connection, name)
            or holder(connection, name.lower())
            or ServicePrincipalStore(connection).by_name(name)
            or GroupStore(connection).by_name(name)
        )
    if found is None:
        kind = "user, service principal or group"
        raise DirectoryObjectUnknownError(kind, name[:MAX_NAME])
    return found


def principal_of(found: DirectoryObject) -> Principal:
    """Return the principal of a row of the directory."""
    if isinstance(found, Group):
        return Principal(found.object_id, found.display_name, PrincipalKind.GROUP)
    if isinstance(found, User):
        return Principal(found.object_id, found.user_principal_name, PrincipalKind.USER)
    return Principal(found.object_id, found.app_id, PrincipalKind.SERVICE_PRINCIPAL)
