"""A server on this machine that says, byte for byte, what a test wants: for the wire itself."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    Talk = Callable[["Line"], None]


class Line:
    """One connection, seen from the server."""

    def __init__(self, taken: socket.socket) -> None:
        self.socket = taken
        self._file = taken.makefile("rb")

    def request(self) -> tuple[str, dict[str, str], bytes]:
        """Read a request with a Content-Length, or none; return its first line, head and body."""
        first = self._file.readline().decode().strip()
        head: dict[str, str] = {}
        while line := self._file.readline().decode().strip():
            name, _, value = line.partition(":")
            head[name.lower()] = value.strip()
        return first, head, self._file.read(int(head.get("content-length", "0")))

    def chunk(self) -> bytes:
        """Read one chunk of a chunked body; empty at its end."""
        size = int(self._file.readline(), 16)
        content = self._file.read(size)
        self._file.readline()
        return content

    def answer(self, body: bytes, *head: str, status: str = "200 OK") -> None:
        """Send an answer with a Content-Length."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *head, "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(raw)

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()


class WireServer:
    """Listens on a free port; the next of ``talks`` talks to each connection, in a thread."""

    def __init__(self, *talks: Talk, context: ssl.SSLContext | None = None) -> None:
        self._talks = list(talks)
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in (self._accepting, *self._threads):
            thread.join(10)

    def _accept(self) -> None:
        for talk in self._talks:
            try:
                taken, _ = self._listening.accept()
            except OSError:  # the test is over
                return
            thread = threading.Thread(target=self._serve, args=(taken, talk))
            self._threads.append(thread)
            thread.start()

    def _serve(self, taken: socket.socket, talk: Talk) -> None:
        with suppress(OSError):  # the client hung up
            if self._context is not None:
                taken = self._context.wrap_socket(taken, server_side=True)
            line = Line(taken)
            try:
                talk(line)
            finally:
                line.close()
        taken.close()
