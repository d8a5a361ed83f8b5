"""The last Owner: a registry is never left without somebody who may grant roles in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.roles import OWNER
from sealyard.db.role_assignments import RoleAssignmentStore
from sealyard.errors import ConflictError

if TYPE_CHECKING:
    from sqlalchemy import Connection


class LastOwnerError(ConflictError):
    """The change would leave no user who can sign in and is Owner of the registry."""

    def __init__(self) -> None:
        super().__init__(
            "this is the last user who is Owner of the registry; make another user Owner first"
        )


def require_an_owner(connection: Connection) -> None:
    """Raise ``LastOwnerError`` if no enabled user is Owner of the registry.

    Call it in the transaction of a change, after the change: raising undoes it. Service principals
    do not count, because their secrets expire.
    """
    if not RoleAssignmentStore(connection).enabled_users_with(OWNER.id):
        raise LastOwnerError
