"""Passwords: which are accepted, and how they are hashed and checked.

argon2id with OWASP's parameters: 19 MiB and some 20 ms each. They run in a pool with few threads
and a bounded queue, so that a flood of sign-ins costs neither the memory nor the loop. A sign-in
under a name that does not exist checks against a hash of nothing, and takes as long.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sealyard.access.errors import InvalidCredentialsError, InvalidNameError
from sealyard.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MIN_CHARACTERS: Final = 8
MAX_CHARACTERS: Final = 256
_GENERATED_BYTES: Final = 18
_MAX_WAITING: Final = 64
_RETRY_SECONDS: Final = 1


def acceptable(password: str, name: str) -> str:
    """Return ``password`` if the user ``name`` can have it; raise ``InvalidNameError``."""
    what = "password"
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        reason = f"it needs {MIN_CHARACTERS} to {MAX_CHARACTERS} characters"
        raise InvalidNameError(what, reason)
    if not password.isprintable():
        reason = "it holds characters that cannot be typed"
        raise InvalidNameError(what, reason)
    if password.lower() in {name.lower(), name.lower().partition("@")[0]}:
        reason = "it is the user's name"
        raise InvalidNameError(what, reason)
    return password


def generated() -> str:
    """Make up a password of 144 random bits."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


class Passwords:
    """Hashes and checks passwords, ``at_once`` in parallel; more of them wait in one line."""

    def __init__(self, at_once: int, *, max_waiting: int = _MAX_WAITING) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self.at_once = at_once
        self._places = at_once + max_waiting
        self._nobodys = self._hasher.hash(generated())

    async def hash(self, password: str) -> str:
        """Return the hash under which ``password`` is kept."""
        return await self._run(lambda: self._hasher.hash(password))

    def hash_now(self, password: str) -> str:
        """Return the hash, blocking: for start-up and the command line."""
        return self._hasher.hash(password)

    async def check(self, stored: str | None, password: str) -> None:
        """Pass if ``password`` is the one that was hashed; raise ``InvalidCredentialsError``.

        ``None`` stands for an account that does not exist: it takes as long and always raises.
        Raise ``TooManyRequestsError`` if too many are waiting.
        """
        await self._run(lambda: self._check(stored, password))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self, stored: str | None, password: str) -> None:
        try:
            self._hasher.verify(self._nobodys if stored is None else stored, password)
        except (VerificationError, InvalidHashError) as error:
            raise InvalidCredentialsError from error
        if stored is None:
            raise InvalidCredentialsError

    async def _run(self, work: Callable[[], T]) -> T:
        if self._places <= 0:
            what = "too many sign-ins at once"
            raise TooManyRequestsError(what, _RETRY_SECONDS)
        self._places -= 1
        # The place is given back when the work ends, not when a client that waited has gone away.
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(lambda _future: self._give_back())
        return await asyncio.shield(future)

    def _give_back(self) -> None:
        self._places += 1
