"""The first start: the registry's ids and its first Owner; and the way back in for one locked out.

Both run on the server's machine, before or beside the workers, and block.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.assignments import AssignmentScope
from sealyard.access.caller import Caller
from sealyard.access.principals import Principal, PrincipalKind, UserPrincipalName
from sealyard.access.rights import NOTHING
from sealyard.access.roles import OWNER
from sealyard.db.activity import ActivityStore
from sealyard.db.registry import RegistryRecord, RegistryStore
from sealyard.db.role_assignments import RoleAssignmentStore
from sealyard.db.users import User, UserStore
from sealyard.errors import DirectoryObjectUnknownError
from sealyard.services.directory.identities import by_sign_in_name
from sealyard.services.directory.passwords import acceptable, generated
from sealyard.services.directory.role_assignments import Grant, grant
from sealyard.services.directory.users import TOPIC, add_user, replace_password
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.passwords import Passwords

# Whoever may start the server or open its data is above all roles.
_OPERATOR: Final = Caller(Principal("", "(operator)", PrincipalKind.ANONYMOUS), "-", NOTHING)


@dataclass(frozen=True, slots=True)
class OwnerPassword:
    """An Owner and its new password, which is ``None`` where it was given and not generated."""

    user_principal_name: str
    password: str | None


def prepare_registry(
    database: Database,
    passwords: Passwords,
    clock: Callable[[], datetime],
    *,
    name: str,
    password: str | None,
) -> OwnerPassword | None:
    """Make the registry's row and the Owner ``admin@<name>.local``, if this is the first start.

    Return the Owner then, ``None`` on later starts, where only a new ``name`` is taken over.
    Raise ``InvalidNameError`` for a password that nobody can have.
    """
    present = database.read_now(lambda connection: RegistryStore(connection).find())
    if present is not None:
        if present.name != name:
            database.write_now(
                lambda transaction: RegistryStore(transaction.connection).rename(name)
            )
        return None
    owner_name = str(UserPrincipalName.parse(f"admin@{name}.local"))
    chosen = generated() if password is None else acceptable(password, owner_name)
    hashed, now = passwords.hash_now(chosen), clock()
    record = RegistryRecord(name, str(uuid.uuid4()), str(uuid.uuid4()), False, now)  # noqa: FBT003 (content trust is off at first)
    owner = User(str(uuid.uuid4()), owner_name, "First Owner", True, 0, now)  # noqa: FBT003 (may sign in)

    def work(transaction: Transaction) -> bool:
        store = RegistryStore(transaction.connection)
        if store.find() is not None:
            return False
        store.add(record)
        add_user(transaction, owner, hashed)
        granted = Grant(owner.object_id, OWNER, AssignmentScope())
        grant(transaction, _OPERATOR, now, granted)
        return True

    made = database.write_now(work)
    return OwnerPassword(owner_name, chosen if password is None else None) if made else None


def reset_owner_password(
    database: Database,
    passwords: Passwords,
    clock: Callable[[], datetime],
    *,
    user: str,
    password: str | None,
) -> OwnerPassword:
    """Set the password of ``user``, enable it and make it Owner again, whatever happened to it.

    For whoever can open the data on the server's machine. Raise ``DirectoryObjectUnknownError`` or
    ``InvalidNameError``.
    """
    chosen = generated() if password is None else acceptable(password, user)
    hashed, now = passwords.hash_now(chosen), clock()

    def work(transaction: Transaction) -> str:
        connection = transaction.connection
        found = by_sign_in_name(connection, user)
        if not isinstance(found, User):
            kind = "user"
            raise DirectoryObjectUnknownError(kind, user)
        UserStore(connection).set_enabled(found.object_id, enabled=True)
        replace_password(transaction, found.object_id, hashed, now)
        if RoleAssignmentStore(connection).find_same(found.object_id, OWNER.id, None) is None:
            grant(transaction, _OPERATOR, now, Grant(found.object_id, OWNER, AssignmentScope()))
        transaction.touch(TOPIC)
        ActivityStore(connection).record(
            done(_OPERATOR, now, "user.password", user=found.user_principal_name)
        )
        return found.user_principal_name

    name = database.write_now(work)
    return OwnerPassword(name, chosen if password is None else None)
