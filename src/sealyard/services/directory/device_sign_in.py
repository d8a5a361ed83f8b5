"""Signing in on another device: the device shows a code, a person enters it on our page (RFC 8628).

Whoever shows somebody a code and talks them into entering it gets *their* rights (RFC 8628, 5.4).
So the page says what will happen and asks; a code lives for fifteen minutes and is used once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sealyard.access.errors import AccessError, InvalidCredentialsError
from sealyard.access.principals import PrincipalKind
from sealyard.db.activity import ActivityStore
from sealyard.db.pending_sign_ins import DeviceSignIn, PendingSignInStore
from sealyard.errors import TooManyRequestsError
from sealyard.services.directory.evidence import SignInEvidence
from sealyard.services.directory.throttle import network
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.db.database import Database, Transaction
    from sealyard.services.directory.sign_in import SignIn

LIFETIME: Final = timedelta(minutes=15)
INTERVAL: Final = 2  # seconds between two questions of a device
_SOONER_THAN: Final = timedelta(seconds=1)
# No vowels: no words. No signs that look alike.
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
_USER_CODE_LETTERS: Final = 8
_DEVICE_CODE_BYTES: Final = 32
_MAX_DEVICE_CODE: Final = 128
_MAX_WAITING: Final = 10_000
_MAX_WAITING_AT_ONE_ADDRESS: Final = 100
_APPROVED: Final = "approved"
_DENIED: Final = "denied"


class DeviceSignInError(AccessError):
    """A device gets no token now; ``code`` is one of RFC 8628, 3.5."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class UserCodeUnknownError(AccessError):
    """Nobody waits under the code that was entered, or not any more."""

    def __init__(self) -> None:
        super().__init__(
            "that code is not known, or has expired; look again, or start the sign-in anew"
        )


@dataclass(frozen=True, slots=True)
class StartedDevice:
    """What a device is told: its own code, the one to show, and the seconds they are good for."""

    device_code: str
    user_code: str
    seconds: int


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """What a person has approved: their evidence, and what the device asked for."""

    evidence: SignInEvidence
    client_id: str
    scope: str


class DeviceSignIns:
    """Starts, decides and completes sign-ins of devices."""

    def __init__(self, database: Database, sign_in: SignIn, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._sign_in = sign_in
        self._clock = clock

    async def start(self, client_id: str, scope: str, address: str) -> StartedDevice:
        """Give a device its codes; raise ``TooManyRequestsError`` where too many wait."""
        now, code = self._clock(), secrets.token_urlsafe(_DEVICE_CODE_BYTES)
        letters = "".join(secrets.choice(_LETTERS) for _ in range(_USER_CODE_LETTERS))
        device = DeviceSignIn(
            device_code_hash=_hash(code),
            user_code=letters,
            client_id=client_id,
            scope=scope,
            address=network(address),
            expires_at=now + LIFETIME,
            polled_at=now,
        )

        def work(transaction: Transaction) -> None:
            store = PendingSignInStore(transaction.connection)
            store.delete_expired(now)
            everywhere, here = store.count_devices(device.address)
            if everywhere >= _MAX_WAITING or here >= _MAX_WAITING_AT_ONE_ADDRESS:
                what = "too many devices wait for somebody to sign in"
                raise TooManyRequestsError(what, 60)
            store.add_device(device)

        await self._database.write(work)
        return StartedDevice(code, f"{letters[:4]}-{letters[4:]}", int(LIFETIME.total_seconds()))

    async def decide(
        self, user_code: str, name: str, password: str, address: str, *, allow: bool
    ) -> str:
        """Let the device that shows ``user_code`` in as this person, or turn it away.

        Return the person's name. Raise ``InvalidCredentialsError``, ``TooManyRequestsError`` or
        ``UserCodeUnknownError``.
        """
        evidence = await self._sign_in.with_password(name, password, address)
        now, letters = self._clock(), _letters(user_code)

        def work(transaction: Transaction) -> str:
            store = PendingSignInStore(transaction.connection)
            standing = evidence.standing(transaction.connection, now)
            principal = standing.identity.principal
            if principal.kind is not PrincipalKind.USER:
                raise InvalidCredentialsError
            device = store.device_by_user_code(letters)
            if device is None or device.expires_at <= now or device.outcome:
                raise UserCodeUnknownError
            outcome = _APPROVED if allow else _DENIED
            store.decide(device, outcome, principal.object_id, standing.identity.epoch)
            ActivityStore(transaction.connection).record(
                done(
                    standing.caller(address), now, f"signin.device.{outcome}", device=device.address
                )
            )
            return principal.name

        return await self._database.write(work)

    async def poll(self, device_code: str) -> DeviceGrant:
        """Return what a person has approved, once; raise ``DeviceSignInError`` otherwise."""
        now = self._clock()
        if len(device_code) > _MAX_DEVICE_CODE:
            raise _expired()

        def work(transaction: Transaction) -> DeviceGrant | DeviceSignInError:
            store = PendingSignInStore(transaction.connection)
            device = store.device_by_code(_hash(device_code))
            if device is None or device.expires_at <= now:
                return _expired()
            if not device.outcome:
                early = now - device.polled_at < _SOONER_THAN
                store.polled(device, now)
                return _pending(too_early=early)
            store.delete_device(device)
            if device.outcome != _APPROVED:
                return DeviceSignInError("access_denied", "somebody turned this sign-in away")
            evidence = SignInEvidence(device.object_id, device.epoch)
            return DeviceGrant(evidence, device.client_id, device.scope)

        # Not raised within: what was written down (that it asked, that it is over) has to stay.
        outcome = await self._database.write(work)
        if isinstance(outcome, DeviceSignInError):
            raise outcome
        return outcome


def _pending(*, too_early: bool) -> DeviceSignInError:
    if too_early:
        return DeviceSignInError("slow_down", f"ask every {INTERVAL} seconds")
    return DeviceSignInError("authorization_pending", "nobody has entered the code yet")


def _expired() -> DeviceSignInError:
    return DeviceSignInError("expired_token", "the code has expired; start the sign-in anew")


def _letters(user_code: str) -> str:
    """Return a code as it is kept: people leave out the hyphen and do not mind the case."""
    kept = [letter for letter in user_code[:64].upper() if letter in _LETTERS]
    return "".join(kept)


def _hash(device_code: str) -> bytes:
    return hashlib.sha256(device_code.encode()).digest()
