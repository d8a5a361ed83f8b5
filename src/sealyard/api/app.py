"""The one origin: which door a request goes to, and what happens when none of them answers.

/v2/<login server>/<repository>/_trust/…   trust          plain ASGI
/v2/…                                      distribution   plain ASGI
everything else                            Starlette      tokens, management, directory, probes
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from prometheus_client import Counter, Histogram

from sealyard.api.http import Asked, ClientGoneError, Reply, Request, reply

if TYPE_CHECKING:
    from sealyard.api.http import App, Message, Receive, Scope, Send


_log = logging.getLogger(__name__)
_TRUST = "/_trust/"
_REQUESTS = Counter("sealyard_http_requests", "Requests answered.", ["door", "method", "status"])
_SECONDS = Histogram(
    "sealyard_http_request_seconds",
    "Time from a request's head to the end of its answer.",
    ["door"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60),
)
_INTERNAL = reply(
    500,
    b'{"errors":[{"code":"UNKNOWN","message":"the registry failed to answer; '
    b'its log says why. Try again, and tell its operator if it happens again"}]}\n',
    [(b"content-type", b"application/json")],
)


class Door(Protocol):
    """A door of the data plane."""

    def ready(self, asked: Asked) -> Reply | None:
        """Return a finished answer (200) if there is one that the caller may have."""

    async def __call__(self, request: Request, send: Send) -> None:
        """Answer a request."""


class Background(Protocol):
    """What runs beside the requests of a worker, from its start to its end."""

    async def start(self) -> None:
        """Begin; return once the worker may answer requests."""

    async def stop(self) -> None:
        """End; return once nothing is left running."""


class Origin:
    """The ASGI application of a worker."""

    def __init__(
        self, *, distribution: Door, trust: Door, rest: App, background: Background
    ) -> None:
        self._distribution = distribution
        self._trust = trust
        self._rest = rest
        self._background = background

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the worker."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    def ready(self, asked: Asked) -> Reply | None:
        """Return the answer to a read if that takes no work: the server then needs no task."""
        if not asked.path.startswith("/v2/"):
            return None
        began = time.perf_counter()
        name, door = (
            ("trust", self._trust) if _TRUST in asked.path else ("distribution", self._distribution)
        )
        try:
            answer = door.ready(asked)
        except Exception:  # noqa: BLE001 (the long way will meet it again, and answer)
            _log.exception("a ready answer was not found out", extra={"door": name})
            return None
        if answer is not None:
            _count(name, asked.method, answer.status, time.perf_counter() - began)
        return answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        watched = _Watched(send)
        began = time.perf_counter()
        door = "other"
        try:
            if path.startswith("/v2/") or path == "/v2":
                request = Request(scope, receive)
                if _TRUST in path:
                    door = "trust"
                    await self._trust(request, watched.send)
                else:
                    door = "distribution"
                    await self._distribution(request, watched.send)
            else:
                await self._rest(scope, receive, watched.send)
        except ClientGoneError:
            watched.status = 499
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 (the last door before the wire: logged, answered, counted)
            _log.exception("request failed", extra={"method": scope["method"], "door": door})
            if not watched.status:
                await _INTERNAL.send(watched.send)
        finally:
            _count(door, scope["method"], watched.status, time.perf_counter() - began)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._background.start()
        except Exception as error:  # noqa: BLE001 (logged, and the server ends with it)
            _log.exception("the worker cannot start")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._background.stop()
        await send({"type": "lifespan.shutdown.complete"})


class _Watched:
    """A ``send`` that remembers the status that went out."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if not self.status:
            self.status = message["status"]
        await self._send(message)


_METHODS = {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"}
_counters: dict[tuple[str, str, int], Counter] = {}
_timers: dict[str, Histogram] = {}


def _count(door: str, method: str, status: int, seconds: float) -> None:
    key = (door, method, status)
    counter = _counters.get(key)
    if counter is None:
        named = method if method in _METHODS else "other"  # a client cannot make up new series
        counter = _counters.setdefault(
            (door, named, status), _REQUESTS.labels(door, named, str(status))
        )
    counter.inc()
    timer = _timers.get(door)
    if timer is None:
        timer = _timers.setdefault(door, _SECONDS.labels(door))
    timer.observe(seconds)
