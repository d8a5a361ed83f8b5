"""A line to a server that breaks after so many bytes, as often as a test says."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class BreakingLine:
    """Passes connections on to ``port`` of this machine; all of them break at each of ``breaks``.

    ``breaks`` are numbers of bytes, counted over all connections and both directions together.
    """

    def __init__(self, port: int, *breaks: int) -> None:
        self._to = port
        self._left = sorted(breaks)
        self._passed = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.server = f"localhost:{self._listening.getsockname()[1]}"
        self.broken = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._hang_up()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            with self._lock:
                self._open |= {near, far}
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                if self._is_time(len(content)):
                    self._hang_up()
                    break
                sink.sendall(content)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _is_time(self, count: int) -> bool:
        with self._lock:
            self._passed += count
            if not self._left or self._passed < self._left[0]:
                return False
            self._left.pop(0)
            self.broken += 1
            return True

    def _hang_up(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
