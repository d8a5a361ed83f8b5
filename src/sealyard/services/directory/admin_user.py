"""The admin user: one name, the registry's, with two passwords that can be shown again.

Off at first, and a step back from users and tokens: everybody with the password is the same
somebody. So it never signs, and whoever reads its passwords is in the activity log. It is there
for tools that know nothing else. Switched off, its passwords are gone; switched on, they are new.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.db.activity import ActivityStore
from sealyard.db.admin_user import PASSWORD_NAMES, AdminUser, AdminUserStore
from sealyard.db.credentials import Credential, CredentialStore
from sealyard.db.registry import RegistryStore
from sealyard.errors import ConflictError
from sealyard.services.directory.generated_secrets import new_secret, secret_hash
from sealyard.services.directory.registry_accounts import require_free_name
from sealyard.services.directory.users import TOPIC, forget_principal
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.keystore.sealing import Sealer


class AdminUserDisabledError(ConflictError):
    """There is no admin user: it has to be switched on first."""

    def __init__(self) -> None:
        super().__init__(
            "the admin user is not enabled; az acr update --admin-enabled true enables it, but a "
            "user, a service principal or a scoped token is better"
        )


@dataclass(frozen=True, slots=True)
class AdminCredentials:
    """The admin user's name, and its passwords by name."""

    username: str
    passwords: dict[str, str]


class AdminUserService:
    """What can be done with the admin user; all of it needs ``REGISTRY_WRITE``."""

    def __init__(self, database: Database, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def switch(self, caller: Caller, *, enabled: bool) -> None:
        """Have an admin user with new passwords, or none; nothing changes if it is so already.

        Raise ``NameTakenError`` if a user or a token signs in by the registry's name.
        """
        caller.require(Action.REGISTRY_WRITE)

        def work(transaction: Transaction) -> None:
            present = AdminUserStore(transaction.connection).find()
            if enabled and present is None:
                self._enable(transaction, caller)
            elif not enabled and present is not None:
                forget_principal(transaction.connection, present.object_id)
                AdminUserStore(transaction.connection).delete()
                self._record(transaction, caller, "admin.disable")

        await self._database.write(work)

    async def credentials(self, caller: Caller) -> AdminCredentials:
        """Show name and passwords, and record that; raise ``AdminUserDisabledError``."""
        caller.require(Action.REGISTRY_WRITE)

        def work(transaction: Transaction) -> AdminCredentials:
            entry = done(caller, self._clock(), "admin.read")
            shown = self._opened(transaction.connection)
            ActivityStore(transaction.connection).record(entry)
            return shown

        return await self._database.write(work)

    async def renew(self, caller: Caller, name: str) -> AdminCredentials:
        """Replace one password; the other works on. Raise as ``credentials``, or for its name."""
        caller.require(Action.REGISTRY_WRITE)
        if name not in PASSWORD_NAMES:
            what, reason = "name of the password", f"there are {' and '.join(PASSWORD_NAMES)}"
            raise InvalidNameError(what, reason)

        def work(transaction: Transaction) -> AdminCredentials:
            store = CredentialStore(transaction.connection)
            admin = _find(transaction.connection)
            for credential in store.of(admin.object_id):
                if credential.display_name == name:
                    store.delete(credential.key_id)
            sealed = self._add_password(transaction, admin.object_id, name)
            AdminUserStore(transaction.connection).replace_password(name, sealed)
            self._record(transaction, caller, "admin.password", password=name)
            return self._opened(transaction.connection)

        return await self._database.write(work)

    def _enable(self, transaction: Transaction, caller: Caller) -> None:
        require_free_name(transaction.connection, _registry_name(transaction.connection))
        object_id = str(uuid.uuid4())
        sealed = {name: self._add_password(transaction, object_id, name) for name in PASSWORD_NAMES}
        admin = AdminUser(object_id, 0, sealed, self._clock())
        AdminUserStore(transaction.connection).add(admin)
        self._record(transaction, caller, "admin.enable")

    def _add_password(self, transaction: Transaction, object_id: str, name: str) -> bytes:
        """Make a password and keep its hash; return it sealed."""
        text = new_secret()
        CredentialStore(transaction.connection).add(
            Credential(
                key_id=str(uuid.uuid4()),
                object_id=object_id,
                hash=secret_hash(text),
                display_name=name,
                hint="",
                created_at=self._clock(),
            )
        )
        return self._sealer.seal(text.encode(), _place(object_id, name))

    def _opened(self, connection: Connection) -> AdminCredentials:
        admin = _find(connection)
        passwords = {
            name: self._sealer.open(sealed, _place(admin.object_id, name)).decode()
            for name, sealed in admin.sealed.items()
        }
        return AdminCredentials(_registry_name(connection), passwords)

    def _record(
        self,
        transaction: Transaction,
        caller: Caller,
        kind: str,
        **detail: Any,  # noqa: ANN401 (plain JSON values)
    ) -> None:
        transaction.touch(TOPIC)
        entry = done(caller, self._clock(), kind, **detail)
        ActivityStore(transaction.connection).record(entry)


def _find(connection: Connection) -> AdminUser:
    found = AdminUserStore(connection).find()
    if found is None:
        raise AdminUserDisabledError
    return found


def _registry_name(connection: Connection) -> str:
    record = RegistryStore(connection).find()
    return "" if record is None else record.name


def _place(object_id: str, name: str) -> str:
    return f"admin user {object_id} {name}"
