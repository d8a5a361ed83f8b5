"""How long one exchange with a server may still take, and how much of it may be head."""

from __future__ import annotations

import http.client
import time
from typing import Final

# For a piece of a body, either way, and for an answer to begin: 256 KiB in that time are 4 KiB in
# a second, under which waiting for an image makes no sense.
PIECE_SECONDS: Final = 60.0
# Of everything before a body: interim answers (1xx), which may be any number, are bounded with it.
HEAD_BYTES: Final = 64 * 1024
_FOREVER: Final = float("inf")


class HeadTooLong(http.client.HTTPException):
    """A server sends more head than any answer has."""

    def __init__(self) -> None:
        super().__init__(f"the head of its answer has more than {HEAD_BYTES // 1024} KiB")


class Patience:
    """A wait with an end, in seconds of the monotonic clock; and for what it waits."""

    __slots__ = ("_at", "_head", "_seconds", "_total", "_what")

    def __init__(self) -> None:
        self._total = _FOREVER
        self._at = _FOREVER
        self._seconds = 0.0
        self._what = ""
        self._head: int | None = None

    def until(self, deadline: float | None) -> None:
        """Begin an exchange that has to be over at ``deadline``, if there is one."""
        self._total = _FOREVER if deadline is None else deadline

    def allow(self, seconds: float, complaint: str, until: float = _FOREVER) -> None:
        """Begin the next step of it, with what to say if it takes longer, or beyond ``until``."""
        now = time.monotonic()
        self._at = min(self._total, until, now + seconds)
        self._seconds = self._at - now
        self._what = complaint
        self._head = None

    def allow_head(self, seconds: float, until: float = _FOREVER) -> None:
        """Do the same for the head of an answer, which is bounded in bytes too."""
        self.allow(seconds, "no answer", until)
        self._head = HEAD_BYTES

    def counted(self, received: int) -> int:
        """Return ``received`` bytes as they are; raise ``HeadTooLong`` if they are too many."""
        if self._head is not None:
            self._head -= received
            if self._head < 0:
                raise HeadTooLong
        return received

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
