"""Making tokens: short-lived signed ones to act with, and revocable ones to get more with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sealyard.access.scopes import granted
from sealyard.access.tokens import Claims, TokenUse, encode
from sealyard.db.sessions import Session, SessionStore
from sealyard.services.directory.generated_secrets import new_refresh_token, token_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.access.rights import Rights
    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.evidence import Standing
    from sealyard.services.directory.token_keys import TokenKeys

_MAX_SESSIONS: Final = 1000  # of one principal; the first to end make room
_EXPIRED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class TokenLifetimes:
    """How long each kind of token is valid.

    ``registry`` and ``management`` are signed tokens; ``refresh`` a login kept by a client;
    ``exchange`` a refresh token got for a management token (`az acr login`).
    """

    registry: timedelta = timedelta(minutes=5)
    management: timedelta = timedelta(hours=1)
    refresh: timedelta = timedelta(days=30)
    exchange: timedelta = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A signed token, when it was made, and for how many seconds it is valid."""

    token: str
    issued_at: datetime
    expires_in: int


class TokenService:
    """Makes tokens for whoever stands."""

    def __init__(
        self,
        database: Database,
        keys: TokenKeys,
        clock: Callable[[], datetime],
        *,
        issuer: str,
        lifetimes: TokenLifetimes,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self.lifetimes = lifetimes

    async def registry_token(self, standing: Standing, asked: Rights, audience: str) -> IssuedToken:
        """Make a registry token with the part of ``asked`` that the identity may do."""
        access = granted(asked, standing.identity.rights)
        if standing.access is not None:
            access = granted(access, standing.access)
        return await self._signed(
            standing, TokenUse.REGISTRY, audience, self.lifetimes.registry, access
        )

    async def management_token(self, standing: Standing, audience: str) -> IssuedToken:
        """Make a management token."""
        lifetime = self.lifetimes.management
        return await self._signed(standing, TokenUse.MANAGEMENT, audience, lifetime, None)

    async def refresh_token(self, standing: Standing, use: TokenUse, lifetime: timedelta) -> str:
        """Make a refresh token, with which tokens of ``use`` can be had until it ends.

        It ends at once when the principal's credentials change, and no later than the secret that
        it was got with.
        """
        token, now = new_refresh_token(), self._clock()
        session = Session(
            token_hash=token_hash(token),
            object_id=standing.identity.principal.object_id,
            use=use,
            epoch=standing.identity.epoch,
            created_at=now,
            expires_at=_ends(now, lifetime, standing),
        )

        def work(transaction: Transaction) -> None:
            store = SessionStore(transaction.connection)
            store.delete_expired(now, _EXPIRED_AT_ONCE)
            store.add(session)
            store.keep_latest(session.object_id, _MAX_SESSIONS)

        await self._database.write(work)
        return token

    async def _signed(
        self,
        standing: Standing,
        use: TokenUse,
        audience: str,
        lifetime: timedelta,
        access: Rights | None,
    ) -> IssuedToken:
        now = self._clock()
        claims = Claims(
            token_id=str(uuid.uuid4()),
            use=use,
            subject=standing.identity.principal.object_id,
            epoch=standing.identity.epoch,
            audience=audience,
            issued_at=now,
            expires_at=_ends(now, lifetime, standing),
            access=access,
        )
        token = encode(claims, await self._keys.signing(), self._issuer)
        return IssuedToken(token, now, int((claims.expires_at - now).total_seconds()))


def _ends(now: datetime, lifetime: timedelta, standing: Standing) -> datetime:
    end = now + lifetime
    return end if standing.secret_ends_at is None else min(end, standing.secret_ends_at)
