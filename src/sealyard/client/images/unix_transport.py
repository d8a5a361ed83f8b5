"""Requests over a Unix socket, as a transport of httpx, for an Engine that sends gigabytes.

httpx's own parses every chunk of an answer in Python, and a Docker Engine sends small ones: the
standard library takes two thirds of the time for an export (docs/adr/0022 has the same for blobs).
An Engine is asked seldom, so each request has a connection of its own.
"""

from __future__ import annotations

import http.client
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx

from sealyard.client.images.limits import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

# Before its first byte of an export 20.10 writes all layers to its disk; a pull is silent while a
# large layer is unpacked.
PATIENCE: Final = 900.0  # seconds
_JSON: Final = "application/json"


class UnixTransport(httpx.BaseTransport):
    """The way to whoever listens at the socket ``path``."""

    def __init__(self, path: str) -> None:
        self._path = path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the head of its answer; the body streams."""
        connection = _Connection(self._path)
        try:
            with _mapped(request):
                answer = connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        body = _Body(answer, request, connection)
        return httpx.Response(answer.status, headers=answer.getheaders(), stream=body)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("docker", blocksize=PIECE_BYTES)
        self._path = path

    def connect(self) -> None:
        """Open the connection."""
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(PATIENCE)
            made.connect(self._path)
        except BaseException:
            made.close()
            raise
        self.sock = made

    def exchange(self, request: httpx.Request) -> http.client.HTTPResponse:
        """Send a request and return its answer, of which the head has been read."""
        target = request.url.raw_path.decode("ascii")
        self.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.raw:
            self.putheader(name, value)
        is_chunked = request.headers.get("Transfer-Encoding") == "chunked"
        content = request.stream if isinstance(request.stream, httpx.SyncByteStream) else ()
        self.endheaders((piece for piece in content if piece), encode_chunked=is_chunked)
        return self.getresponse()


class _Body(httpx.SyncByteStream):
    """The body of an answer: an archive in large pieces, progress as it comes."""

    def __init__(
        self, answer: http.client.HTTPResponse, request: httpx.Request, connection: _Connection
    ) -> None:
        self._answer = answer
        self._request = request
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        is_progress = self._answer.getheader("Content-Type", "").startswith(_JSON)
        read = self._answer.read1 if is_progress else self._answer.read
        while True:
            with _mapped(self._request):
                piece = read(PIECE_BYTES)
            if not piece:
                return
            yield piece

    def close(self) -> None:
        """Close the connection."""
        self._answer.close()
        self._connection.close()


@contextmanager
def _mapped(request: httpx.Request) -> Iterator[None]:
    """Turn what sockets and the standard library raise into httpx's errors, as ``__cause__``."""
    try:
        yield
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except (OSError, http.client.HTTPException) as error:
        raise httpx.ReadError(str(error) or type(error).__name__, request=request) from error
