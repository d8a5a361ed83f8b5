"""Users of the directory: making, showing, changing and deleting them.

Only an Owner changes users, because whoever sets an Owner's password is one. Every change is in
the activity log; passwords are nowhere but in the answer to whoever had one generated.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.principals import UserPrincipalName
from sealyard.db.activity import ActivityStore
from sealyard.db.certificates import CertificateStore
from sealyard.db.credentials import Credential, CredentialStore
from sealyard.db.groups import GroupStore
from sealyard.db.role_assignments import RoleAssignmentStore
from sealyard.db.sessions import SessionStore
from sealyard.db.users import User, UserFilter, UserStore
from sealyard.errors import DirectoryObjectExistsError, DirectoryObjectUnknownError
from sealyard.services.directory.last_owner import require_an_owner
from sealyard.services.directory.passwords import acceptable, generated
from sealyard.services.directory.registry_accounts import require_no_account
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.passwords import Passwords

MAX_PAGE: Final = 1000
MAX_DISPLAY_NAME: Final = 256
TOPIC: Final = "access"


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """A new user; ``password`` is only there if it was generated, and shown this once."""

    user: User
    password: str | None


class UserService:
    """What can be done with users."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    async def create(
        self,
        caller: Caller,
        user_principal_name: str,
        *,
        display_name: str = "",
        password: str | None = None,
        enabled: bool = True,
    ) -> CreatedUser:
        """Make a user, with a generated password unless one is given. Needs ``DIRECTORY_WRITE``.

        Raise ``InvalidNameError`` or ``DirectoryObjectExistsError``.
        """
        caller.require(Action.DIRECTORY_WRITE)
        name = str(UserPrincipalName.parse(user_principal_name))
        chosen = generated() if password is None else acceptable(password, name)
        hashed = await self._passwords.hash(chosen)
        user = User(
            object_id=str(uuid.uuid4()),
            user_principal_name=name,
            display_name=checked_display_name(display_name) or name.partition("@")[0],
            enabled=enabled,
            epoch=0,
            created_at=self._clock(),
        )

        def work(transaction: Transaction) -> None:
            add_user(transaction, user, hashed)
            _record(transaction, caller, self._clock(), "user.create", user)

        await self._database.write(work)
        return CreatedUser(user, chosen if password is None else None)

    async def show(self, caller: Caller, name: str) -> User:
        """Return a user by user name, short name or object id; needs ``DIRECTORY_READ``.

        Everybody may read itself. Raise ``DirectoryObjectUnknownError``.
        """
        if caller.is_anonymous or name.lower() not in {
            caller.principal.name,
            caller.principal.object_id,
        }:
            caller.require(Action.DIRECTORY_READ)
        return await self._database.read(lambda connection: _find(connection, name))

    async def page(self, caller: Caller, wanted: UserFilter, limit: int) -> list[User]:
        """Return at most ``limit`` users by name; needs ``DIRECTORY_READ``.

        The next page begins after the name of the last one (``UserFilter.after``).
        """
        caller.require(Action.DIRECTORY_READ)
        count = max(1, min(limit, MAX_PAGE))
        return await self._database.read_aside(
            lambda connection: UserStore(connection).page(wanted, count)
        )

    async def set_display_name(self, caller: Caller, name: str, display_name: str) -> None:
        """Change how a user is shown; needs ``DIRECTORY_WRITE``."""
        caller.require(Action.DIRECTORY_WRITE)
        shown = checked_display_name(display_name)

        def work(transaction: Transaction) -> None:
            user = _find(transaction.connection, name)
            UserStore(transaction.connection).set_display_name(user.object_id, shown)
            _record(transaction, caller, self._clock(), "user.update", user)

        await self._database.write(work)

    async def set_password(self, caller: Caller, name: str, password: str | None) -> str | None:
        """Set a user's password and end its sign-ins; needs ``DIRECTORY_WRITE``.

        Without one it is generated and returned.
        """
        caller.require(Action.DIRECTORY_WRITE)
        user = await self._database.read(lambda connection: _find(connection, name))
        chosen = generated() if password is None else acceptable(password, user.user_principal_name)
        hashed = await self._passwords.hash(chosen)

        def work(transaction: Transaction) -> None:
            replace_password(transaction, user.object_id, hashed, self._clock())
            _record(transaction, caller, self._clock(), "user.password", user)

        await self._database.write(work)
        return chosen if password is None else None

    async def set_enabled(self, caller: Caller, name: str, *, enabled: bool) -> None:
        """Let a user sign in, or not any more, at once; needs ``DIRECTORY_WRITE``.

        Raise ``LastOwnerError`` rather than lock everybody out.
        """
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            user = _find(transaction.connection, name)
            UserStore(transaction.connection).set_enabled(user.object_id, enabled=enabled)
            require_an_owner(transaction.connection)
            kind = "user.enable" if enabled else "user.disable"
            _record(transaction, caller, self._clock(), kind, user)

        await self._database.write(work)

    async def end_sign_ins(self, caller: Caller, name: str) -> None:
        """Make every token and sign-in of a user worthless, at once on every worker.

        One's own need nothing else; somebody else's need ``DIRECTORY_WRITE``.
        """
        if name.lower() != caller.principal.object_id:
            caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            user = _find(transaction.connection, name)
            SessionStore(transaction.connection).delete_all(user.object_id)
            UserStore(transaction.connection).advance_epoch(user.object_id)
            _record(transaction, caller, self._clock(), "user.signout", user)

        await self._database.write(work)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete a user with its roles and sign-ins; needs ``DIRECTORY_WRITE``.

        Raise ``LastOwnerError`` rather than lock everybody out.
        """
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            user = _find(transaction.connection, name)
            forget_principal(transaction.connection, user.object_id)
            UserStore(transaction.connection).delete(user.object_id)
            require_an_owner(transaction.connection)
            _record(transaction, caller, self._clock(), "user.delete", user)

        await self._database.write(work)


def add_user(transaction: Transaction, user: User, password_hash: str) -> None:
    """Insert ``user`` with its password.

    Raise ``DirectoryObjectExistsError``, or ``NameTakenError`` for a scoped token's name.
    """
    store = UserStore(transaction.connection)
    if store.by_principal_name(user.user_principal_name) is not None:
        kind = "user"
        raise DirectoryObjectExistsError(kind, user.user_principal_name)
    require_no_account(transaction.connection, user.short_name)
    store.add(user)
    _add_password(transaction.connection, user.object_id, password_hash, user.created_at)
    transaction.touch(TOPIC)


def replace_password(
    transaction: Transaction, object_id: str, password_hash: str, at: datetime
) -> None:
    """Set the password and make every token and sign-in of before worthless."""
    connection = transaction.connection
    CredentialStore(connection).delete_all(object_id)
    SessionStore(connection).delete_all(object_id)
    UserStore(connection).advance_epoch(object_id)
    _add_password(connection, object_id, password_hash, at)
    transaction.touch(TOPIC)


def forget_principal(connection: Connection, object_id: str) -> None:
    """Delete what hangs on a principal: its credentials, sign-ins, roles and memberships."""
    GroupStore(connection).forget_member(object_id)
    CredentialStore(connection).delete_all(object_id)
    CertificateStore(connection).delete_all(object_id)
    SessionStore(connection).delete_all(object_id)
    RoleAssignmentStore(connection).delete_all(object_id)


def checked_display_name(text: str) -> str:
    """Return ``text`` if it can be shown; raise ``InvalidNameError``."""
    if len(text) > MAX_DISPLAY_NAME or not text.isprintable():
        what, reason = "display name", f"it needs at most {MAX_DISPLAY_NAME} printable characters"
        raise InvalidNameError(what, reason)
    return text.strip()


def _add_password(connection: Connection, object_id: str, password_hash: str, at: datetime) -> None:
    CredentialStore(connection).add(
        Credential(
            key_id=str(uuid.uuid4()),
            object_id=object_id,
            hash=password_hash,
            display_name="password",
            hint="",
            created_at=at,
        )
    )


def _find(connection: Connection, name: str) -> User:
    wanted, store = name.lower(), UserStore(connection)
    found = (
        store.by_principal_name(wanted)
        if "@" in wanted
        else store.by_id(wanted) or store.by_short_name(wanted)
    )
    if found is None:
        kind = "user"
        raise DirectoryObjectUnknownError(kind, name[:MAX_DISPLAY_NAME])
    return found


def _record(transaction: Transaction, caller: Caller, at: datetime, kind: str, user: User) -> None:
    transaction.touch(TOPIC)
    ActivityStore(transaction.connection).record(
        done(caller, at, kind, user=user.user_principal_name, object_id=user.object_id)
    )
