"""Signing in with a browser: an authorization code with PKCE (RFC 6749, 4.1; RFC 7636; RFC 8252).

The code goes through the browser to a program on the same machine; only who holds the verifier,
whose hash came with the question, can turn it into tokens. It lives for a minute and is used once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sealyard.access.errors import AccessError, InvalidCredentialsError
from sealyard.access.principals import PrincipalKind
from sealyard.db.activity import ActivityStore
from sealyard.db.pending_sign_ins import AuthorizationCode, PendingSignInStore
from sealyard.services.directory.evidence import SignInEvidence
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.sign_in import SignIn

LIFETIME: Final = timedelta(minutes=1)
_CODE_BYTES: Final = 32
_MAX_CODE: Final = 128
_VERIFIER_CHARACTERS: Final = range(43, 129)  # RFC 7636, 4.1


class CodeRefusedError(AccessError):
    """An authorization code is unknown, spent or expired, or is not this client's."""

    def __init__(self) -> None:
        super().__init__("the sign-in has expired or was used already; sign in again")


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """What a client asked for: who it is, where the answer goes, and the hash of its verifier."""

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """What a code stands for: somebody who has signed in, and what was asked for."""

    evidence: SignInEvidence
    client_id: str
    scope: str
    nonce: str


class CodeSignIns:
    """Gives codes to whoever signs in, and takes them back from clients."""

    def __init__(self, database: Database, sign_in: SignIn, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._sign_in = sign_in
        self._clock = clock

    async def issue(self, asked: CodeRequest, name: str, password: str, address: str) -> str:
        """Return a code for this person; raise ``InvalidCredentialsError`` and its like."""
        evidence = await self._sign_in.with_password(name, password, address)
        now, code = self._clock(), secrets.token_urlsafe(_CODE_BYTES)

        def work(transaction: Transaction) -> None:
            store = PendingSignInStore(transaction.connection)
            standing = evidence.standing(transaction.connection, now)
            principal = standing.identity.principal
            if principal.kind is not PrincipalKind.USER:
                raise InvalidCredentialsError
            store.delete_expired(now)
            store.add_code(
                AuthorizationCode(
                    _hash(code),
                    principal.object_id,
                    standing.identity.epoch,
                    asked.client_id,
                    asked.redirect_uri,
                    asked.challenge,
                    asked.scope,
                    asked.nonce,
                    now + LIFETIME,
                )
            )
            ActivityStore(transaction.connection).record(
                done(standing.caller(address), now, "signin.browser")
            )

        await self._database.write(work)
        return code

    async def redeem(
        self, code: str, *, client_id: str, redirect_uri: str, verifier: str
    ) -> CodeGrant:
        """Return what ``code`` stands for, once; raise ``CodeRefusedError``."""
        now = self._clock()
        if len(code) > _MAX_CODE:
            raise CodeRefusedError

        def work(transaction: Transaction) -> AuthorizationCode | None:
            return PendingSignInStore(transaction.connection).take_code(_hash(code))

        # Taken whatever comes of it: who guesses at the verifier has one try.
        found = await self._database.write(work)
        if (
            found is None
            or found.expires_at <= now
            or found.client_id != client_id
            or found.redirect_uri != redirect_uri
            or len(verifier) not in _VERIFIER_CHARACTERS
            or not hmac.compare_digest(found.challenge.encode(), _challenge(verifier))
        ):
            raise CodeRefusedError
        evidence = SignInEvidence(found.object_id, found.epoch)
        return CodeGrant(evidence, found.client_id, found.scope, found.nonce)


def _challenge(verifier: str) -> bytes:
    """Return the S256 form of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
