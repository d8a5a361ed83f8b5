"""What runs beside a worker's requests: renewal of trust data, clean-up of stale uploads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_log = logging.getLogger(__name__)
_PAUSE_AFTER_FAILURE = 60.0  # seconds


class Background:
    """Runs endless jobs for as long as the worker lives; one that fails is started again."""

    def __init__(self, jobs: Sequence[Callable[[], Awaitable[None]]]) -> None:
        self._jobs = jobs
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start every job."""
        self._tasks = [asyncio.create_task(_endless(job)) for job in self._jobs]

    async def stop(self) -> None:
        """End every job, wherever it is: each of them can be ended at any moment."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def every(seconds: float, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Make an endless job out of a ``work`` that is to be done now and then."""

    async def run() -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)

    return run


async def _endless(job: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await job()
        except Exception:  # noqa: BLE001 (nothing else would ever say that it ended)
            _log.exception("a background job failed; it starts again in a minute")
        await asyncio.sleep(_PAUSE_AFTER_FAILURE)
