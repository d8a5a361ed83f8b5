"""Signing in: turning a name and a secret, or a refresh token, into evidence.

An unknown name, a disabled account and a wrong password take the same steps, the same time and
give the same answer. Who holds a secret that was made up here and has expired is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.errors import (
    InvalidCredentialsError,
    InvalidTokenError,
    SecretExpiredError,
)
from sealyard.access.principals import is_guid
from sealyard.access.tokens import TokenUse
from sealyard.db.credentials import Credential, CredentialStore
from sealyard.services.directory import generated_secrets
from sealyard.services.directory.evidence import PasswordEvidence, SessionEvidence
from sealyard.services.directory.identities import MAX_NAME, by_sign_in_name, principal_of
from sealyard.services.directory.registry_accounts import account_by_name
from sealyard.services.directory.throttle import Attempt
from sealyard.services.directory.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.principals import Principal
    from sealyard.db.database import Database
    from sealyard.services.directory.passwords import Passwords
    from sealyard.services.directory.throttle import Throttle

_MAX_SECRET: Final = 1024
_MAX_WAITING: Final = 64


class SignIn:
    """Checks what people and machines sign in with."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        throttle: Throttle,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._throttle = throttle
        self._clock = clock
        self._turns = Turns(_MAX_WAITING)
        self._checks = Turns(_MAX_WAITING, passwords.at_once)

    async def with_password(
        self, name: str, secret: str, address: str, use: TokenUse = TokenUse.MANAGEMENT
    ) -> PasswordEvidence:
        """Check a user's password or a service principal's secret.

        ``name`` is a user name, its unambiguous short form or an appId; for the registry also the
        name of a scoped token or of the admin user, who administer nothing. Raise
        ``InvalidCredentialsError``, or ``TooManyRequestsError`` after too many wrong ones.
        """
        if not name or len(name) > MAX_NAME or not secret or len(secret) > _MAX_SECRET:
            raise InvalidCredentialsError
        attempt = Attempt.of(name, address)
        async with self._turns.turn(attempt):
            await self._throttle.check(attempt)
            found = await self._database.read(lambda connection: _look_up(connection, name, use))
            try:
                evidence = _of_enabled(found, await self._matching(name, attempt, secret, found))
            except InvalidCredentialsError:
                await self._throttle.failed(attempt, found.principal, address)
                raise
            await self._throttle.succeeded(attempt)
            return evidence

    async def with_refresh_token(self, token: str, use: TokenUse) -> SessionEvidence:
        """Check a refresh token made for ``use``; raise ``InvalidTokenError``."""
        if len(token) > generated_secrets.MAX_CHARACTERS:
            reason = "too long"
            raise InvalidTokenError(reason)
        evidence = SessionEvidence(generated_secrets.token_hash(token), use)
        now = self._clock()
        await self._database.read(lambda connection: evidence.standing(connection, now))
        return evidence

    async def _matching(
        self, name: str, attempt: Attempt, secret: str, found: _Found
    ) -> Credential:
        now = self._clock()
        valid = [credential for credential in found.held if credential.is_valid_at(now)]
        app = is_guid(name.lower())
        if app or found.is_generated:
            try:
                return generated_secrets.matching(secret, valid)
            except InvalidCredentialsError:
                _require_not_expired(found, secret, now)
                if app:
                    raise
                valid = []  # a wrong one takes as long as for any other name
        password = valid[0] if valid else None
        # In the line of all sign-ins stand only as many of one address as are checked at once:
        # a flood of made-up names from one place costs others a moment, and not their sign-in.
        async with self._checks.turn(attempt.address):
            await self._passwords.check(None if password is None else password.hash, secret)
        if password is None:
            raise InvalidCredentialsError
        return password


@dataclass(frozen=True, slots=True)
class _Found:
    """Whom a name stands for, if anybody, and what it signs in with.

    ``is_generated`` tells that these are secrets that the registry made up, and no passwords.
    """

    principal: Principal | None = None
    enabled: bool = False
    held: tuple[Credential, ...] = ()
    is_generated: bool = False


def _of_enabled(found: _Found, credential: Credential) -> PasswordEvidence:
    if found.principal is None or not found.enabled:
        raise InvalidCredentialsError
    return PasswordEvidence(found.principal.object_id, credential.key_id)


def _require_not_expired(found: _Found, secret: str, now: datetime) -> None:
    """Raise ``SecretExpiredError`` if the secret was right until it ended."""
    expired = [one for one in found.held if found.enabled and not one.is_valid_at(now)]
    try:
        was_right = generated_secrets.matching(secret, expired)
    except InvalidCredentialsError:
        return
    raise SecretExpiredError(was_right.expires_at or now)


def _look_up(connection: Connection, name: str, use: TokenUse) -> _Found:
    store, person = CredentialStore(connection), by_sign_in_name(connection, name)
    if person is not None:
        return _Found(principal_of(person), person.enabled, tuple(store.of(person.object_id)))
    account = account_by_name(connection, name) if use is TokenUse.REGISTRY else None
    if account is None:
        return _Found()
    held = tuple(store.of(account.principal.object_id))
    return _Found(account.principal, account.enabled, held, is_generated=True)
