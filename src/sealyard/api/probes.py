"""What machines ask about the server itself: alive, ready, and its counters.

None of them needs a sign-in and none says anything about repositories or people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    Check = Callable[[], Awaitable[None]]


def routes(ready: Check) -> list[Route]:
    """Make ``/healthz``, ``/readyz``, ``/metrics`` and notary's name for the second.

    ``ready`` raises a ``SealyardError`` that says what is missing while the server cannot serve.
    """

    async def healthz(_request: Request) -> Response:
        """Say that the process is alive."""
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        """Say whether it can serve, and if not, why."""
        try:
            await ready()
        except SealyardError as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ready"})

    async def notary_health(_request: Request) -> Response:
        """Answer what watches a notary-server: ``{}``, or which checks fail and why."""
        try:
            await ready()
        except SealyardError as error:
            return JSONResponse({"ready": str(error)}, status_code=503)
        return JSONResponse({})

    async def metrics(_request: Request) -> Response:
        """Give the counters, in the form of Prometheus."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # no types in this module of theirs
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/_notary_server/health", notary_health),
        Route("/metrics", metrics),
    ]
