"""Authentication: from an ``Authorization`` header to a caller, once per change.

    Bearer <our own token>                                 docker, containerd, notary, az
    Basic <user name | short name | appId>:<secret>        where a client has no token
    Basic 00000000-0000-0000-0000-000000000000:<refresh>   after `az acr login`

What was found right is remembered under a keyed hash of the header (the header itself, with its
password, is kept nowhere) together with the stamp of all identities. While the stamp stays, the
next request costs a look-up; when it changes, what was shown is weighed again against the rows, on
each worker at its next request. So a role, an account or a secret that is withdrawn is withdrawn
everywhere at once.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from sealyard.access.caller import Caller
from sealyard.access.errors import AccessError, InvalidCredentialsError, InvalidTokenError
from sealyard.access.principals import ANONYMOUS
from sealyard.access.tokens import TokenUse, decode
from sealyard.services.directory.evidence import Standing, TokenEvidence
from sealyard.services.directory.identities import NOBODY, nobody
from sealyard.services.directory.users import TOPIC

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.db.database import Database
    from sealyard.services.directory.evidence import Evidence
    from sealyard.services.directory.identities import Identity
    from sealyard.services.directory.sign_in import SignIn
    from sealyard.services.directory.token_keys import TokenKeys

REFRESH_TOKEN_USER: Final = "00000000-0000-0000-0000-000000000000"  # noqa: S105 (a user name: Azure's)
_MAX_HEADER: Final = 32_768
_MAX_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class _Remembered:
    evidence: Evidence
    standing: Standing
    stamp: int
    expires_at: datetime
    caller: Caller


class Authenticator:
    """Tells who asks, for tokens of one ``use``. The management API takes tokens only."""

    def __init__(  # noqa: PLR0913 (what it joins)
        self,
        database: Database,
        sign_in: SignIn,
        keys: TokenKeys,
        clock: Callable[[], datetime],
        *,
        issuer: str,
        use: TokenUse = TokenUse.REGISTRY,
    ) -> None:
        self._database = database
        self._stamp = database.generations.stamp
        self._sign_in = sign_in
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._use = use
        self._hash_key = os.urandom(32)
        self._remembered: dict[bytes, _Remembered] = {}
        self._nobody: tuple[int, Identity] | None = None
        self._under_way: dict[tuple[bytes, str], asyncio.Task[_Remembered]] = {}

    def cached(self, authorization: bytes | None, address: str) -> Caller | None:
        """Return the caller if that takes no work, ``None`` if ``caller`` has to be asked."""
        if authorization is None:
            everybody = self._nobody
            if everybody is None or everybody[0] != self._stamp(TOPIC):
                return None
            return Caller(ANONYMOUS, address, everybody[1].rights)
        found = self._remembered.get(self._key(authorization))
        if found is None or found.stamp != self._stamp(TOPIC) or found.expires_at <= self._clock():
            return None
        return found.caller.at(address)

    async def caller(self, authorization: bytes | None, address: str) -> Caller:
        """Return the caller; without a header the anonymous one.

        Raise ``InvalidCredentialsError``, ``InvalidTokenError``, or ``TooManyRequestsError``.
        """
        ready = self.cached(authorization, address)
        if ready is not None:
            return ready
        if authorization is None:
            return Caller(ANONYMOUS, address, (await self._who_nobody_is()).rights)
        return (await self._known(authorization, address)).caller.at(address)

    async def standing(self, authorization: bytes | None, address: str) -> Standing:
        """Return where the caller stands, for whoever makes tokens out of it; as ``caller``."""
        if authorization is None:
            return Standing(await self._who_nobody_is(), self._clock())
        return (await self._known(authorization, address)).standing

    async def _who_nobody_is(self) -> Identity:
        """Return what everybody may do who has not signed in: pull, where that is switched on."""
        stamp = self._stamp(TOPIC)  # read before the row, as in _remember
        found = NOBODY
        if self._use is TokenUse.REGISTRY:
            found = await self._database.read(nobody)
        self._nobody = (stamp, found)
        return found

    async def _known(self, authorization: bytes, address: str) -> _Remembered:
        if len(authorization) > _MAX_HEADER:
            reason = "too long"
            raise InvalidTokenError(reason)
        key = self._key(authorization)
        found = self._remembered.get(key)
        if found is not None:
            stood = await self._weighed_again(key, found, address)
            if stood is not None:
                return stood
        # A build that starts twenty pulls at once signs in once.
        task = self._under_way.get((key, address))
        if task is None:
            task = asyncio.ensure_future(self._find_out(key, authorization, address))
            self._under_way[key, address] = task
            task.add_done_callback(lambda done: self._finished((key, address), done))
        return await asyncio.shield(task)

    def _finished(self, key: tuple[bytes, str], task: asyncio.Task[_Remembered]) -> None:
        self._under_way.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waits gets it; if nobody does any more, it is no news

    async def _weighed_again(
        self, key: bytes, found: _Remembered, address: str
    ) -> _Remembered | None:
        stamp, now = self._stamp(TOPIC), self._clock()
        if found.expires_at > now:
            if found.stamp == stamp:
                return found
            try:
                return await self._remember(key, found.evidence, address)
            except AccessError:
                pass  # it fell; whether something else stands in its place, the long way tells
        self._remembered.pop(key, None)
        return None

    async def _find_out(self, key: bytes, authorization: bytes, address: str) -> _Remembered:
        scheme, _, value = authorization.partition(b" ")
        if scheme.lower() == b"bearer":
            return await self._remember(key, await self._token(value.strip()), address)
        if scheme.lower() == b"basic" and self._use is TokenUse.REGISTRY:
            return await self._remember(key, await self._basic(value.strip(), address), address)
        reason = "not a kind of credentials that is taken here"
        raise InvalidTokenError(reason)

    async def _remember(self, key: bytes, evidence: Evidence, address: str) -> _Remembered:
        # Read before the rows: a change in between then makes the entry stale instead of hiding.
        stamp, now = self._stamp(TOPIC), self._clock()
        standing = await self._database.read(lambda connection: evidence.standing(connection, now))
        caller = standing.caller(address)
        found = _Remembered(evidence, standing, stamp, standing.expires_at, caller)
        self._remembered.pop(key, None)
        while len(self._remembered) >= _MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[key] = found
        return found

    async def _token(self, value: bytes) -> Evidence:
        try:
            token = value.decode("ascii")
        except UnicodeDecodeError as error:
            reason = "malformed"
            raise InvalidTokenError(reason) from error
        keys = await self._keys.verifying()
        return TokenEvidence(
            decode(token, keys, issuer=self._issuer, use=self._use, now=self._clock())
        )

    async def _basic(self, value: bytes, address: str) -> Evidence:
        name, secret = parse_basic(value)
        if name == REFRESH_TOKEN_USER:
            return await self._sign_in.with_refresh_token(secret, self._use)
        return await self._sign_in.with_password(name, secret, address, self._use)

    def _key(self, authorization: bytes) -> bytes:
        return blake2b(authorization, digest_size=16, key=self._hash_key).digest()


def parse_basic(value: bytes) -> tuple[str, str]:
    """Read what follows ``Basic`` (RFC 7617); raise ``InvalidCredentialsError``."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidCredentialsError from error
    name, colon, secret = text.partition(":")
    if not colon:
        raise InvalidCredentialsError
    return name, secret


def basic(name: str, secret: str) -> bytes:
    """Return the ``Authorization`` header of a name and a secret sent in a form.

    Raise ``InvalidCredentialsError`` for a name that cannot be one.
    """
    if ":" in name:
        raise InvalidCredentialsError
    return b"Basic " + base64.b64encode(f"{name}:{secret}".encode())
