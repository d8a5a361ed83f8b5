"""How long one exchange with a server may still take."""

from __future__ import annotations

import time
from typing import Final

# For a piece of a body, either way, and for an answer to begin: 256 KiB in that time are 4 KiB in
# a second, under which waiting for an image makes no sense.
PIECE_SECONDS: Final = 60.0
_FOREVER: Final = float("inf")


class Patience:
    """A wait with an end, in seconds of the monotonic clock; and for what it waits."""

    __slots__ = ("_at", "_seconds", "_total", "_what")

    def __init__(self) -> None:
        self._total = _FOREVER
        self._at = _FOREVER
        self._seconds = 0.0
        self._what = ""

    def until(self, deadline: float | None) -> None:
        """Begin an exchange that has to be over at ``deadline``, if there is one."""
        self._total = _FOREVER if deadline is None else deadline

    def allow(self, seconds: float, complaint: str) -> None:
        """Begin the next step of it, with what to say if it takes longer."""
        now = time.monotonic()
        self._at = min(self._total, now + seconds)
        self._seconds = min(seconds, self._total - now)
        self._what = complaint

    def left(self) -> float:
        """Return how many seconds are left; raise ``TimeoutError`` if none are."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def complaint(self) -> str:
        """Say what took too long."""
        if self._seconds < 1:
            return f"{self._what} in time"
        return f"{self._what} in {self._seconds:.0f} s"
