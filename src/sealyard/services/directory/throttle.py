"""The throttle on wrong passwords: slower with each failure, per account *and* address.

Kept in the database, so that all workers count together. Only the pair is slowed: guessing at an
account from one place locks nobody out of it elsewhere, and does not lock others out there. The
first few failures are free; then the wait doubles up to a quarter of an hour.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sealyard.db.activity import Activity, ActivityStore
from sealyard.db.sign_in_failures import SignInFailures, SignInFailureStore
from sealyard.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.access.principals import Principal
    from sealyard.db.database import Database, Transaction

_MAX_ACCOUNT: Final = 256
_IPV6_NETWORK: Final = 64  # one customer's, all of whose addresses are one guesser's


@dataclass(frozen=True, slots=True)
class ThrottleLimits:
    """How wrong passwords are slowed.

    ``free_failures`` cost nothing; each further one doubles the wait from one second up to
    ``longest_wait``; after ``forgotten_after`` without a failure all is forgotten. At most
    ``max_records`` pairs are remembered.
    """

    free_failures: int = 5
    longest_wait: timedelta = timedelta(minutes=15)
    forgotten_after: timedelta = timedelta(hours=1)
    max_records: int = 100_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What failures are counted by: an account as it is spelled, and where from."""

    account: str
    address: str

    @classmethod
    def of(cls, name: str, address: str) -> Attempt:
        """Make the key of a sign-in as ``name``.

        ``alice`` and ``alice@example.com`` count as one, whether or not there is such a user: a
        name of its own for each would double the guesses, and one for known users would tell that
        they exist.
        """
        return cls(name.lower().partition("@")[0][:_MAX_ACCOUNT], network(address))


class Throttle:
    """Counts failures and says when it is too early for the next attempt."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], limits: ThrottleLimits
    ) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits

    async def check(self, attempt: Attempt) -> None:
        """Pass if ``attempt`` may be made now; raise ``TooManyRequestsError`` otherwise."""
        record = await self._database.read(
            lambda connection: SignInFailureStore(connection).find(attempt.account, attempt.address)
        )
        if record is None:
            return
        wait = record.failed_at + self._wait(record.failures) - self._clock()
        # A clock that was set back must not make the wait longer than the longest.
        seconds = min(wait, self._limits.longest_wait).total_seconds()
        if seconds > 0:
            what = "too many failed sign-ins with this name from this address"
            raise TooManyRequestsError(what, math.ceil(seconds))

    async def failed(self, attempt: Attempt, known: Principal | None, address: str) -> None:
        """Count a failure. ``known`` is whose account it was, ``None`` if there is no such one."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            store = SignInFailureStore(transaction.connection)
            before = store.find(attempt.account, attempt.address)
            forgotten = now - self._limits.forgotten_after
            failures = 1
            if before is not None and before.failed_at >= forgotten:
                failures = before.failures + 1
            if before is None:
                self._make_room(store, forgotten)
            store.put(SignInFailures(attempt.account, attempt.address, failures, now))
            if self._is_burst(failures):
                ActivityStore(transaction.connection).record(_burst(known, address, now, failures))

        await self._database.write(work)

    async def succeeded(self, attempt: Attempt) -> None:
        """Forget the failures: the right password came."""
        account, address = attempt.account, attempt.address
        record = await self._database.read(
            lambda connection: SignInFailureStore(connection).find(account, address)
        )
        if record is not None:
            await self._database.write(
                lambda transaction: SignInFailureStore(transaction.connection).forget(
                    account, address
                )
            )

    def _wait(self, failures: int) -> timedelta:
        beyond = failures - self._limits.free_failures
        if beyond < 0:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(beyond, 30)), self._limits.longest_wait)

    def _is_burst(self, failures: int) -> bool:
        # At 5, 10, 20, 40, …: the log says how bad it is and cannot be filled by guessing.
        multiple, rest = divmod(failures, self._limits.free_failures)
        return rest == 0 and multiple.bit_count() == 1

    def _make_room(self, store: SignInFailureStore, forgotten: datetime) -> None:
        store.forget_before(forgotten)
        over = store.count() - self._limits.max_records + 1
        if over > 0:
            store.forget_oldest(over)


def _burst(known: Principal | None, address: str, at: datetime, failures: int) -> Activity:
    # A name that nobody has may be a password typed in the wrong field: it is not written down.
    return Activity(
        at=at,
        kind="signin.burst",
        outcome="refused",
        actor_id="" if known is None else known.object_id,
        actor_name="(unknown)" if known is None else known.name,
        address=address,
        detail={"failures": failures},
    )


def network(address: str) -> str:
    """Return what of an address is one customer's: an IPv6 address counts as its network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:_MAX_ACCOUNT]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _IPV6_NETWORK), strict=False))
