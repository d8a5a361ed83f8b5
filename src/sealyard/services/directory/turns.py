"""Turns: for one key, so many at a time. The rest wait, and only so many of them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from sealyard.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

_RETRY_SECONDS: Final = 1


class Turns:
    """Keeps whoever asks much from being served side by side with itself.

    A thousand guesses at one password, sent at once, would otherwise all be let in before the first
    has failed; and one address that signs in under a thousand names would fill every place.
    """

    def __init__(self, max_waiting: int, at_once: int = 1) -> None:
        self._places = max_waiting + at_once
        self._at_once = at_once
        self._turns: dict[Hashable, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn of ``key``; raise ``TooManyRequestsError`` if too many wait."""
        free, users = self._turns.get(key) or (asyncio.Semaphore(self._at_once), 0)
        if users >= self._places:
            what = "too many sign-ins at once"
            raise TooManyRequestsError(what, _RETRY_SECONDS)
        self._turns[key] = (free, users + 1)
        try:
            async with free:
                yield
        finally:
            free, users = self._turns[key]
            if users == 1:
                del self._turns[key]
            else:
                self._turns[key] = (free, users - 1)
