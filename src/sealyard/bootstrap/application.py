"""A worker's parts, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from starlette.applications import Starlette

from sealyard.api import probes
from sealyard.api.app import Origin
from sealyard.api.http import reply
from sealyard.bootstrap.parts import database

if TYPE_CHECKING:
    from sealyard.api.http import Request, Send
    from sealyard.settings import Settings


class Application:
    """A worker's parts, joined: ``asgi`` is what the server calls."""

    def __init__(self, settings: Settings) -> None:
        self._database = database(settings)

        async def nothing(request: Request, send: Send) -> None:
            await reply(200, b"{}").send(send)

        self.asgi = Origin(
            distribution=nothing,
            trust=nothing,
            rest=Starlette(routes=probes.routes(self._ready)),
            background=self,
        )

    async def _ready(self) -> None:
        await self._database.read(lambda connection: connection.execute(text("SELECT 1")))

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""

    def close(self) -> None:
        """Close what the worker has open."""
        self._database.close()
