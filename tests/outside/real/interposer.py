"""A server between docker and the registry that alters what it passes on, under its own TLS."""

from __future__ import annotations

import http.client
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from real.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.registry import Registry

    # Gets a path and the body of its answer; returns the body that is passed on.
    Alteration = Callable[[str, bytes], bytes]

_PASSED = {"authorization", "content-type", "content-length", "accept", "user-agent"}


class Interposer:
    """Listens on a port of its own; its clients take it for the trust server.

    ``alter`` is what happens to bodies; ``seen`` collects (path, body) of each answer before it
    was altered.
    """

    def __init__(self, registry: Registry) -> None:
        self.alter: Alteration = lambda _path, body: body
        self.status: dict[str, int] = {}
        self.seen: list[tuple[str, bytes]] = []
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self._registry = registry
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls = registry.data / "tls"
        context.load_cert_chain(tls / "server.pem", tls / "server.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        interposer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                interposer.pass_on(self)

            do_POST = do_HEAD = do_GET  # noqa: N815 (the names that the base class calls)

            def log_message(self, *_arguments: object) -> None:
                return

        return Handler

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """Ask the registry what the client asked, and answer with what came, altered."""
        length = int(handler.headers.get("content-length") or 0)
        sent = handler.rfile.read(length) if length else None
        headers = {
            name: value for name, value in handler.headers.items() if name.lower() in _PASSED
        }
        context = ssl.create_default_context(cafile=str(self._registry.ca))
        connection = http.client.HTTPSConnection(self._registry.server, context=context, timeout=30)
        connection.request(handler.command, handler.path, body=sent, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.seen.append((handler.path, body))
        forced = next((code for end, code in self.status.items() if handler.path.endswith(end)), 0)
        body = self.alter(handler.path, body)
        handler.send_response(forced or answer.status)
        for name, value in answer.getheaders():
            if name.lower() in {"content-type", "www-authenticate"}:
                handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
