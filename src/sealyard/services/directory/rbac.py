"""``az ad sp create-for-rbac`` in one transaction: principal, secret and roles, or none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.access.roles import role as role_named
from sealyard.db.credentials import CredentialStore
from sealyard.services.directory.generated_secrets import new_secret
from sealyard.services.directory.principal_secrets import CreatedSecret, NewSecret, new_credential
from sealyard.services.directory.role_assignments import Grant, HeldRole, grant
from sealyard.services.directory.service_principals import (
    add_service_principal,
    new_service_principal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sealyard.access.assignments import AssignmentScope
    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class CreatedForRbac:
    """A service principal, its secret (shown this once) and the roles it was given."""

    secret: CreatedSecret
    roles: tuple[HeldRole, ...]


class RbacService:
    """Makes service principals that are ready to be used."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def create_for_rbac(
        self,
        caller: Caller,
        display_name: str,
        *,
        role: str | None = None,
        scopes: Sequence[AssignmentScope] = (),
        secret: NewSecret | None = None,
    ) -> CreatedForRbac:
        """Make a service principal that holds ``role`` at each of ``scopes``.

        Needs ``DIRECTORY_WRITE``, and ``ROLES_WRITE`` at each scope.
        """
        caller.require(Action.DIRECTORY_WRITE)
        granted = None if role is None else role_named(role)
        for scope in scopes:
            caller.require(Action.ROLES_WRITE, scope.repository)
        now = self._clock()
        principal = new_service_principal(display_name, (), now)
        text = new_secret()
        credential = new_credential(principal, secret or NewSecret("rbac"), text, now)

        def work(transaction: Transaction) -> CreatedForRbac:
            add_service_principal(transaction, caller, principal)
            CredentialStore(transaction.connection).add(credential)
            roles = [
                grant(transaction, caller, now, Grant(principal.object_id, granted, scope))
                for scope in dict.fromkeys(scopes)
                if granted is not None
            ]
            return CreatedForRbac(CreatedSecret(principal, credential, text), tuple(roles))

        return await self._database.write(work)
