"""A server between docker and the registry that alters what it passes on, under its own TLS."""

from __future__ import annotations

import http.client
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from real.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.registry import Registry

    # Gets a path and the body of its answer; returns the body that is passed on.
    Alteration = Callable[[str, bytes], bytes]

_PASSED = {"authorization", "content-type", "accept", "user-agent", "range"}
_RETURNED = {
    *("content-type", "content-range", "accept-ranges"),
    *("docker-content-digest", "docker-distribution-api-version"),
}


class Interposer:
    """Listens on a port of its own; its clients take it for the registry.

    ``ask`` is what happens to paths and forms on their way to the registry, ``alter`` to bodies on
    their way back; ``status`` says which ends of paths are answered with another status; ``breaks``
    how many answers with a blob end half-way. ``seen`` collects (path, body) of each answer before
    it was altered, ``ranges`` what was asked for in parts.
    """

    def __init__(self, registry: Registry, port: int = 0) -> None:
        self.ask: Callable[[str], str] = lambda text: text
        self.alter: Alteration = lambda _path, body: body
        self.status: dict[str, int] = {}
        self.breaks = 0
        self.seen: list[tuple[str, bytes]] = []
        self.ranges: list[str] = []
        self.port = port or free_port()
        self.server = f"localhost:{self.port}"
        self.url = f"https://{self.server}"
        self._registry = registry
        self._listener = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls = registry.data / "tls"
        context.load_cert_chain(tls / "server.pem", tls / "server.key")
        self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)
        self._thread = threading.Thread(target=self._listener.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        interposer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with suppress(ConnectionError):
                    interposer.pass_on(self)

            do_POST = do_HEAD = do_GET  # noqa: N815 (the names that the base class calls)

            def log_message(self, *_arguments: object) -> None:
                return

        return Handler

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """Ask the registry what the client asked, and answer with what came, altered."""
        status, headers, body = self._ask(handler)
        path = handler.path.partition("?")[0]
        self.seen.append((path, body))
        altered = self.alter(path, body)
        forced = (code for end, code in self.status.items() if path.endswith(end))
        handler.send_response(next(forced, status))
        for name, value in headers:
            if name.lower() in _RETURNED:
                handler.send_header(name, value)
            elif name.lower() == "www-authenticate":
                # Tokens are fetched through here too.
                handler.send_header(name, value.replace(self._registry.server, self.server))
        told = {name.lower(): value for name, value in headers}.get("content-length", "0")
        length = told if handler.command == "HEAD" else str(len(altered))
        handler.send_header("content-length", length)
        handler.end_headers()
        if self.breaks and "/blobs/" in path and altered:
            self.breaks -= 1
            altered = altered[: len(altered) // 2]
        handler.wfile.write(altered)

    def _ask(self, handler: BaseHTTPRequestHandler) -> tuple[int, list[tuple[str, str]], bytes]:
        length = int(handler.headers.get("content-length") or 0)
        sent = handler.rfile.read(length) if length else None
        if sent and "x-www-form-urlencoded" in handler.headers.get("content-type", ""):
            sent = self.ask(sent.decode()).encode()
        headers = {
            name: value for name, value in handler.headers.items() if name.lower() in _PASSED
        }
        self.ranges += filter(None, [handler.headers.get("range")])
        context = ssl.create_default_context(cafile=str(self._registry.ca))
        connection = http.client.HTTPSConnection(self._registry.server, context=context, timeout=30)
        connection.request(handler.command, self.ask(handler.path), body=sent, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), body
