"""Evidence: what a caller has shown, and whether it still stands.

Showing evidence is dear (a password hash, a signature) and done once. Whether it still stands
depends on rows that anybody may change, so that is asked of the database again after each change:
is the principal there and enabled, is the secret still its secret, which rights has it now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from sealyard.access.caller import Caller
from sealyard.access.errors import InvalidCredentialsError, InvalidTokenError
from sealyard.db.certificates import CertificateStore
from sealyard.db.credentials import CredentialStore
from sealyard.db.sessions import SessionStore
from sealyard.services.directory.identities import Identity, load, nobody

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.rights import Rights
    from sealyard.access.tokens import Claims, TokenUse

# For how long a password that was once right is not hashed again while nothing changes.
_REMEMBERED: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands now: who, until when this may be remembered, and a token's access.

    ``secret_ends_at`` is when the secret or session behind it ends by itself; what is derived from
    it ends no later.
    """

    identity: Identity
    expires_at: datetime
    access: Rights | None = None
    secret_ends_at: datetime | None = None

    def caller(self, address: str) -> Caller:
        """Return the caller, asking from ``address``."""
        return Caller(self.identity.principal, address, self.identity.rights, self.access)


class Evidence(Protocol):
    """Something shown that was found right."""

    def standing(self, connection: Connection, now: datetime) -> Standing:
        """Return what it is worth at ``now``; raise an ``AccessError`` if it fell."""


@dataclass(frozen=True, slots=True)
class PasswordEvidence:
    """The password or secret ``key_id`` of a principal was shown."""

    object_id: str
    key_id: str

    def standing(self, connection: Connection, now: datetime) -> Standing:
        """Return what it is worth at ``now``; raise ``InvalidCredentialsError`` if it fell."""
        credential = CredentialStore(connection).find(self.key_id)
        identity = load(connection, self.object_id)
        if (
            identity is None
            or credential is None
            or credential.object_id != self.object_id
            or not credential.is_valid_at(now)
        ):
            raise InvalidCredentialsError
        remembered = now + _REMEMBERED
        ends_at = credential.expires_at
        return Standing(
            identity,
            expires_at=remembered if ends_at is None else min(remembered, ends_at),
            secret_ends_at=ends_at,
        )


@dataclass(frozen=True, slots=True)
class CertificateEvidence:
    """A statement was shown that the certificate ``key_id`` of a principal has signed."""

    object_id: str
    key_id: str

    def standing(self, connection: Connection, now: datetime) -> Standing:
        """Return what it is worth at ``now``; raise ``InvalidCredentialsError`` if it fell."""
        certificate = CertificateStore(connection).find(self.key_id)
        identity = load(connection, self.object_id)
        if (
            identity is None
            or certificate is None
            or certificate.object_id != self.object_id
            or not certificate.is_valid_at(now)
        ):
            raise InvalidCredentialsError
        ends_at = certificate.expires_at
        return Standing(identity, min(now + _REMEMBERED, ends_at), secret_ends_at=ends_at)


@dataclass(frozen=True, slots=True)
class SignInEvidence:
    """Somebody signed in on a page of ours a moment ago, as of ``epoch``."""

    object_id: str
    epoch: int

    def standing(self, connection: Connection, now: datetime) -> Standing:
        """Return what it is worth at ``now``; raise ``InvalidTokenError`` if it fell."""
        return Standing(_as_of(connection, self.object_id, self.epoch), now + _REMEMBERED)


@dataclass(frozen=True, slots=True)
class SessionEvidence:
    """A refresh token was shown."""

    token_hash: bytes
    use: TokenUse

    def standing(self, connection: Connection, now: datetime) -> Standing:
        """Return what it is worth at ``now``; raise ``InvalidTokenError`` if it fell."""
        session = SessionStore(connection).find(self.token_hash)
        if session is None or session.use != self.use or session.expires_at <= now:
            reason = "unknown, expired or withdrawn"
            raise InvalidTokenError(reason)
        identity = _as_of(connection, session.object_id, session.epoch)
        return Standing(identity, session.expires_at, secret_ends_at=session.expires_at)


@dataclass(frozen=True, slots=True)
class TokenEvidence:
    """A token that we signed was shown, for the use that it was made for."""

    claims: Claims

    def standing(self, connection: Connection, now: datetime) -> Standing:
        """Return what it is worth at ``now``; raise ``InvalidTokenError`` if it fell."""
        claims = self.claims
        if claims.expires_at <= now:
            reason = "expired"
            raise InvalidTokenError(reason)
        if not claims.subject:
            return Standing(nobody(connection), claims.expires_at, claims.access)
        identity = _as_of(connection, claims.subject, claims.epoch)
        return Standing(identity, claims.expires_at, claims.access)


def _as_of(connection: Connection, object_id: str, epoch: int) -> Identity:
    identity = load(connection, object_id)
    if identity is None or identity.epoch != epoch:
        reason = "withdrawn"
        raise InvalidTokenError(reason)
    return identity
