"""Signing in to the management API, as `az login` and `sealyard login` do (OAuth 2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.errors import InvalidCredentialsError, InvalidTokenError
from sealyard.access.principals import is_guid
from sealyard.access.tokens import TokenUse, encode_identity
from sealyard.db.sessions import SessionStore
from sealyard.services.directory.client_assertions import ClientAssertions
from sealyard.services.directory.code_sign_in import CodeSignIns
from sealyard.services.directory.device_sign_in import DeviceSignIns
from sealyard.services.directory.generated_secrets import MAX_CHARACTERS, token_hash
from sealyard.services.directory.users import TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sealyard.access.principals import Principal
    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.evidence import Evidence, SignInEvidence, Standing
    from sealyard.services.directory.sign_in import SignIn
    from sealyard.services.directory.token_issue import IssuedToken, TokenService
    from sealyard.services.directory.token_keys import TokenKeys

_MAX_AUDIENCE: Final = 512


@dataclass(frozen=True, slots=True)
class ManagementTokens:
    """What a sign-in gives: an access token, and for people what keeps them signed in."""

    principal: Principal
    access: IssuedToken
    refresh_token: str | None = None
    id_token: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """For what a client signs in: the audience of its token, and its own id."""

    audience: str
    client_id: str = ""


class ManagementSignIn:
    """Gives management tokens: for what is shown, or for what was shown on a page of ours."""

    def __init__(  # noqa: PLR0913 (what it joins)
        self,
        database: Database,
        sign_in: SignIn,
        tokens: TokenService,
        keys: TokenKeys,
        clock: Callable[[], datetime],
        *,
        issuer: str,
        tenant_id: str,
    ) -> None:
        self._database = database
        self._sign_in = sign_in
        self._tokens = tokens
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._tenant_id = tenant_id
        self.assertions = ClientAssertions(database, clock)
        self.devices = DeviceSignIns(database, sign_in, clock)
        self.codes = CodeSignIns(database, sign_in, clock)

    async def sign_in_password(
        self, name: str, password: str, asked: Asked, address: str
    ) -> ManagementTokens:
        """Sign in with a user name (or its short form, or an appId) and a password.

        Gives a refresh token and an id token besides. Raise ``InvalidCredentialsError`` or
        ``TooManyRequestsError``.
        """
        evidence = await self._sign_in.with_password(name, password, address)
        standing = await self._weigh(evidence)
        lifetime = self._tokens.lifetimes.refresh
        refresh = await self._tokens.refresh_token(standing, TokenUse.MANAGEMENT, lifetime)
        return await self._tokens_for(standing, asked, refresh)

    async def sign_in_client(
        self, app_id: str, secret: str, asked: Asked, address: str
    ) -> ManagementTokens:
        """Sign in as a service principal with its appId and a secret; gives an access token only.

        Raise ``InvalidCredentialsError`` or ``TooManyRequestsError``.
        """
        if not is_guid(app_id.lower()):
            raise InvalidCredentialsError
        standing = await self._weigh(await self._sign_in.with_password(app_id, secret, address))
        access = await self._tokens.management_token(standing, _audience(asked))
        return ManagementTokens(standing.identity.principal, access)

    async def sign_in_assertion(
        self, app_id: str, assertion: str, asked: Asked, audiences: Collection[str]
    ) -> ManagementTokens:
        """Sign in as a service principal with a statement that its certificate signs.

        ``audiences`` are our token endpoints. Gives an access token only; raise
        ``InvalidCredentialsError``.
        """
        evidence = await self.assertions.check(app_id, assertion, audiences)
        standing = await self._weigh(evidence)
        access = await self._tokens.management_token(standing, _audience(asked))
        return ManagementTokens(standing.identity.principal, access)

    async def complete(
        self, evidence: SignInEvidence, asked: Asked, nonce: str = ""
    ) -> ManagementTokens:
        """Give tokens to who has signed in on a page of ours; raise ``InvalidTokenError``.

        ``nonce`` is what the client sent along, to know its own question by (OpenID Connect).
        """
        standing = await self._weigh(evidence)
        lifetime = self._tokens.lifetimes.refresh
        refresh = await self._tokens.refresh_token(standing, TokenUse.MANAGEMENT, lifetime)
        return await self._tokens_for(standing, asked, refresh, nonce)

    async def revoke(self, refresh_token: str) -> None:
        """Make a refresh token worthless (RFC 7009); one that is none already is no error."""
        if len(refresh_token) > MAX_CHARACTERS:
            return

        def work(transaction: Transaction) -> None:
            SessionStore(transaction.connection).delete(token_hash(refresh_token))
            transaction.touch(TOPIC)

        await self._database.write(work)

    async def refresh(self, refresh_token: str, asked: Asked) -> ManagementTokens:
        """Give new tokens for a refresh token, which stays valid; raise ``InvalidTokenError``."""
        if len(refresh_token) > MAX_CHARACTERS:
            reason = "too long"
            raise InvalidTokenError(reason)
        evidence = await self._sign_in.with_refresh_token(refresh_token, TokenUse.MANAGEMENT)
        return await self._tokens_for(await self._weigh(evidence), asked, refresh_token)

    async def _weigh(self, evidence: Evidence) -> Standing:
        now = self._clock()
        return await self._database.read(lambda connection: evidence.standing(connection, now))

    async def _tokens_for(
        self, standing: Standing, asked: Asked, refresh_token: str, nonce: str = ""
    ) -> ManagementTokens:
        access = await self._tokens.management_token(standing, _audience(asked))
        principal = standing.identity.principal
        claims = {
            "aud": asked.client_id[:_MAX_AUDIENCE],
            "sub": principal.object_id,
            "oid": principal.object_id,
            "tid": self._tenant_id,
            "upn": principal.name,
            "preferred_username": principal.name,
        }
        if nonce:
            claims["nonce"] = nonce
        key = await self._keys.signing()
        id_token = encode_identity(claims, key, self._issuer, access.issued_at, access.expires_in)
        return ManagementTokens(principal, access, refresh_token, id_token)


def _audience(asked: Asked) -> str:
    return asked.audience[:_MAX_AUDIENCE]
