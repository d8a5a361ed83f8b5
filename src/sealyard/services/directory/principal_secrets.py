"""Secrets of service principals: several at a time, each with its expiry, shown once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.db.credentials import Credential, CredentialStore
from sealyard.db.service_principals import ServicePrincipalStore
from sealyard.db.sessions import SessionStore
from sealyard.errors import DirectoryObjectUnknownError, LimitExceededError
from sealyard.services.directory.generated_secrets import (
    HINT_CHARACTERS,
    new_secret,
    secret_hash,
)
from sealyard.services.directory.service_principals import (
    find_service_principal,
    record_principal,
)
from sealyard.services.directory.users import checked_display_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.db.service_principals import ServicePrincipal

MAX_SECRETS: Final = 50
DEFAULT_LIFETIME: Final = timedelta(days=365)
MAX_LIFETIME: Final = timedelta(days=365 * 100)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret to be made: how it is shown, and until when it works (a year if not said)."""

    display_name: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreatedSecret:
    """A secret just made. ``text`` is the secret itself, which nobody can show again."""

    principal: ServicePrincipal
    credential: Credential
    text: str


class PrincipalSecretService:
    """What can be done with the secrets of service principals."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def add(self, caller: Caller, name: str, wanted: NewSecret) -> CreatedSecret:
        """Give a service principal one more secret; needs ``DIRECTORY_WRITE``.

        Raise ``LimitExceededError`` where it has too many.
        """
        return await self._create(caller, name, wanted, replacing=False)

    async def reset(self, caller: Caller, name: str, wanted: NewSecret) -> CreatedSecret:
        """Replace all secrets by a new one and end all sign-ins; needs ``DIRECTORY_WRITE``."""
        return await self._create(caller, name, wanted, replacing=True)

    async def remove(self, caller: Caller, name: str, key_id: str) -> None:
        """Make one secret worthless, and what was signed in with it; needs ``DIRECTORY_WRITE``."""
        caller.require(Action.DIRECTORY_WRITE)

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            principal = find_service_principal(connection, name)
            credential = CredentialStore(connection).find(key_id.lower())
            if credential is None or credential.object_id != principal.object_id:
                kind = "secret"
                raise DirectoryObjectUnknownError(kind, key_id[:64])
            CredentialStore(connection).delete(credential.key_id)
            end_sign_ins(transaction, principal.object_id)
            record_principal(
                transaction, caller, self._clock(), "sp.secret.remove", principal, key_id=key_id
            )

        await self._database.write(work)

    async def show(self, caller: Caller, name: str) -> list[Credential]:
        """Return the secrets' ids, hints and expiries; needs ``DIRECTORY_READ``.

        The hashes are in there too: the doors never show them.
        """
        caller.require(Action.DIRECTORY_READ)
        return await self._database.read(
            lambda connection: CredentialStore(connection).of(
                find_service_principal(connection, name).object_id
            )
        )

    async def _create(
        self, caller: Caller, name: str, wanted: NewSecret, *, replacing: bool
    ) -> CreatedSecret:
        caller.require(Action.DIRECTORY_WRITE)
        text = new_secret()
        now = self._clock()

        def work(transaction: Transaction) -> CreatedSecret:
            principal = find_service_principal(transaction.connection, name)
            store = CredentialStore(transaction.connection)
            if replacing:
                store.delete_all(principal.object_id)
                end_sign_ins(transaction, principal.object_id)
            if len(store.of(principal.object_id)) >= MAX_SECRETS:
                what = "the number of secrets of one service principal"
                raise LimitExceededError(what, MAX_SECRETS)
            credential = new_credential(principal, wanted, text, now)
            store.add(credential)
            kind = "sp.secret.reset" if replacing else "sp.secret.add"
            record_principal(transaction, caller, now, kind, principal, key_id=credential.key_id)
            return CreatedSecret(principal, credential, text)

        return await self._database.write(work)


def new_credential(
    principal: ServicePrincipal, wanted: NewSecret, text: str, now: datetime
) -> Credential:
    """Make the row of the secret ``text``; raise ``InvalidNameError`` for an odd expiry."""
    expires_at = wanted.expires_at or now + DEFAULT_LIFETIME
    if not now < expires_at <= now + MAX_LIFETIME:
        what, reason = "end of the secret", "it is in the past, or more than a century away"
        raise InvalidNameError(what, reason)
    return Credential(
        key_id=str(uuid.uuid4()),
        object_id=principal.object_id,
        hash=secret_hash(text),
        display_name=checked_display_name(wanted.display_name),
        hint=text[:HINT_CHARACTERS],
        created_at=now,
        expires_at=expires_at,
    )


def end_sign_ins(transaction: Transaction, object_id: str) -> None:
    """Make every token and sign-in of a service principal worthless."""
    SessionStore(transaction.connection).delete_all(object_id)
    ServicePrincipalStore(transaction.connection).advance_epoch(object_id)
