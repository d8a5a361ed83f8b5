"""Turns: for one key, one at a time. The rest wait, and only so many of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from sealyard.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

_RETRY_SECONDS: Final = 1


class Turns:
    """Keeps guesses at one password from being checked side by side.

    Otherwise a thousand of them sent at once would all be let in before the first has failed.
    """

    def __init__(self, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._locks: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn of ``key``; raise ``TooManyRequestsError`` if too many wait."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        if users > self._max_waiting:
            what = "too many sign-ins at once"
            raise TooManyRequestsError(what, _RETRY_SECONDS)
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, users - 1)
