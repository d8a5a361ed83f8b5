"""A worker: one process with one event loop that answers requests on the inherited sockets."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import uvicorn

from sealyard.bootstrap.application import Application
from sealyard.bootstrap.parts import certificate_files
from sealyard.serving.log_setup import set_up_logging
from sealyard.serving.ready_connection import ReadyConnection

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Sequence

    from sealyard.settings import Settings

_KEEP_ALIVE_SECONDS = 75  # longer than clients keep an idle connection, so that they close first


class _Server(uvicorn.Server):
    """uvicorn's server; the supervisor's pipes tell it when to say it is ready and when to go."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(
    settings: Settings,
    sockets: Sequence[socket.socket],
    *,
    alive: int,
    ready: Callable[[], None],
) -> int:
    """Answer requests until told to stop by a signal or by the end of the ``alive`` pipe."""
    set_up_logging(settings.log_format, settings.log_level)
    application = Application(settings)
    context = certificate_files(settings).context() if settings.tls else None
    config = uvicorn.Config(
        application.asgi,
        http=ReadyConnection,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.drain_time,
        ssl_context_factory=None if context is None else lambda _config, _default: context,
    )
    server = _Server(config, ready)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(alive, _supervisor_gone, server, alive)
        loop.add_signal_handler(signal.SIGHUP, _reload, settings, context)
        await server.serve(list(sockets))

    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(run())
    except KeyboardInterrupt:  # the signal that stopped it, raised again by uvicorn
        pass
    finally:
        application.close()
    return 0 if server.started else 1


def _supervisor_gone(server: uvicorn.Server, alive: int) -> None:
    asyncio.get_running_loop().remove_reader(alive)
    server.should_exit = True


def _reload(settings: Settings, context: ssl.SSLContext | None) -> None:
    if context is None:
        return
    try:
        certificate_files(settings).load_into(context)
    except Exception:
        logging.getLogger(__name__).exception(
            "the new certificate cannot be used; the old one stays"
        )
    else:
        logging.getLogger(__name__).info("certificate loaded")
