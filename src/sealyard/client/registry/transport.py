"""Requests over the standard library's HTTP connections, as a transport of httpx.

httpx's own transport parses an answer in Python, 64 KiB at a time, which for blobs costs twice the
time of everything else together (docs/adr/0022). This one reads large pieces and keeps connections
for the next request. Every wait has an end, also with a server that trickles: connecting, taking a
piece of what is sent, the head of the answer, and each piece of its body are timed one by one. A
head has an end in bytes too.
"""

from __future__ import annotations

import http.client
import math
import select
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx

from sealyard.client.registry.patience import PIECE_SECONDS, Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE: Final = 256 * 1024  # bytes that are read or sent at a time
_CONNECT_SECONDS: Final = 10.0
_FIRST_FINAL: Final = 200
_MAX_IDLE: Final = 8
_REUSE_SECONDS: Final = 4.0  # servers close idle connections after 5 s and more


class _TlsSocket(ssl.SSLSocket):
    """A TLS socket whose reads wait no longer than the patience for the present answer."""

    patience: Patience

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:  # noqa: ANN401 (as in the standard library)
        self.settimeout(self.patience.left())
        return self.patience.counted(super().recv_into(buffer, nbytes, flags))


class _PlainSocket(socket.socket):
    """The same without TLS, for a server on this machine."""

    patience: Patience

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:  # noqa: ANN401 (as in the standard library)
        self.settimeout(self.patience.left())
        return self.patience.counted(super().recv_into(buffer, nbytes, flags))


class _Connection(http.client.HTTPConnection):
    """One connection, with TLS if there is a context."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, blocksize=PIECE)
        self.patience = Patience()
        self.idle_since = 0.0
        self._context = context

    def connect(self) -> None:
        """Open the connection."""
        self.patience.allow(_CONNECT_SECONDS, "no connection")
        plain = socket.create_connection((self.host, self.port), self.patience.left())
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is None:
            kept = _PlainSocket(fileno=plain.detach())
            kept.patience = self.patience
            self.sock = kept
            return
        try:
            secure = self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        if isinstance(secure, _TlsSocket):
            secure.patience = self.patience
        self.sock = secure

    def exchange(self, request: httpx.Request) -> http.client.HTTPResponse:
        """Send a request and return its answer, of which the head has been read."""
        if self.sock is None:
            self.connect()
        self._wait_for_taking()
        target = request.url.raw_path.decode("ascii")
        self.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.raw:
            self.putheader(name, value)
        self.endheaders()
        broken = self._send_body(request)
        limits = request.extensions
        self.patience.allow_head(
            limits.get("head_seconds", PIECE_SECONDS), limits.get("head_by", math.inf)
        )
        try:
            return self._final_response()
        except (OSError, http.client.HTTPException) as error:
            if broken is None:
                raise
            raise broken from error

    def _final_response(self) -> http.client.HTTPResponse:
        answer = self.getresponse()
        if answer.status < _FIRST_FINAL:
            # Nothing that we send asks for one of these; 100 is passed over by the library.
            message = f"an interim answer, {answer.status}, that nobody asked for"
            raise http.client.HTTPException(message)
        return answer

    def _send_body(self, request: httpx.Request) -> OSError | None:
        """Send the body; return what broke that: a server that refuses may answer all the same."""
        chunked = request.headers.get("Transfer-Encoding") == "chunked"
        stream = request.stream
        pieces = iter(stream) if isinstance(stream, httpx.SyncByteStream) else iter(())
        for piece in pieces:
            try:
                self._wait_for_taking()
                self.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            except (BrokenPipeError, ConnectionResetError) as error:
                return error
        if chunked:
            self.send(b"0\r\n\r\n")
        return None

    def is_reusable(self) -> bool:
        """Tell whether the server has neither closed nor is about to."""
        if self.sock is None or time.monotonic() - self.idle_since > _REUSE_SECONDS:
            return False
        readable, _, _ = select.select([self.sock], [], [], 0)
        return not readable

    def _wait_for_taking(self) -> None:
        self.patience.allow(PIECE_SECONDS, "what is sent is not taken")
        self.sock.settimeout(self.patience.left())


class StreamTransport(httpx.BaseTransport):
    """The network, for several threads. ``context_for`` makes the TLS context for a host.

    It is asked for each new connection. Of a request's extensions, ``deadline`` (seconds of the
    monotonic clock) bounds the whole exchange, ``head_seconds`` the wait for the answer's head once
    everything is sent, and ``head_by`` (of that clock) the same.
    """

    def __init__(self, context_for: Callable[[str], ssl.SSLContext]) -> None:
        self._context_for = context_for
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the head of its answer; the body streams."""
        connection = self._connection(request.url)
        connection.patience.until(request.extensions.get("deadline"))
        try:
            with _mapped(request, connection.patience):
                answer = connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        # As bytes: the standard library has read them as Latin-1, and httpx would want ASCII.
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.getheaders()
        ]
        return httpx.Response(
            answer.status,
            headers=headers,
            stream=_Body(answer, request, connection, self._release),
        )

    def close(self) -> None:
        """Close the connections that wait for a next request."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def _connection(self, url: httpx.URL) -> _Connection:
        key = _key(url)
        with self._lock:
            waiting = self._idle.get(key, [])
            while waiting:
                connection = waiting.pop()
                if connection.is_reusable():
                    return connection
                connection.close()
        return _Connection(url.host, key[2], self._context(url) if url.scheme == "https" else None)

    def _release(self, url: httpx.URL, connection: _Connection) -> None:
        connection.idle_since = time.monotonic()
        with self._lock:
            waiting = self._idle.setdefault(_key(url), [])
            if len(waiting) < _MAX_IDLE:
                waiting.append(connection)
                return
        connection.close()

    def _context(self, url: httpx.URL) -> ssl.SSLContext:
        context = self._context_for(url.netloc.decode("ascii"))
        context.sslsocket_class = _TlsSocket
        return context


class _Body(httpx.SyncByteStream):
    """The body of an answer, in large pieces."""

    def __init__(
        self,
        answer: http.client.HTTPResponse,
        request: httpx.Request,
        connection: _Connection,
        release: Callable[[httpx.URL, _Connection], None],
    ) -> None:
        self._answer = answer
        self._request = request
        self._connection: _Connection | None = connection
        self._release = release

    def __iter__(self) -> Iterator[bytes]:
        connection = self._connection
        is_timed = "deadline" in self._request.extensions
        late = "its answer is not whole" if is_timed else f"{PIECE // 1024} KiB do not arrive"
        while connection is not None:
            with _mapped(self._request, connection.patience):
                connection.patience.allow(PIECE_SECONDS, late)
                piece = self._answer.read(PIECE)
                if not piece and self._answer.length:
                    # read() of some bytes takes a body that was cut off for its end
                    raise http.client.IncompleteRead(piece, self._answer.length)
            if not piece:
                return
            yield piece

    def close(self) -> None:
        """Give the connection back, or close it if something of the answer is left."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # The standard library closes an answer whose end has been read.
        is_whole = self._answer.isclosed()
        self._answer.close()
        if is_whole and not self._answer.will_close and connection.sock is not None:
            self._release(self._request.url, connection)
        else:
            connection.close()


@contextmanager
def _mapped(request: httpx.Request, patience: Patience) -> Iterator[None]:
    """Turn what sockets and the standard library raise into httpx's errors, as ``__cause__``."""
    try:
        yield
    except TimeoutError as error:
        raise httpx.ReadTimeout(patience.complaint(), request=request) from error
    except (socket.gaierror, ConnectionRefusedError, ssl.SSLError) as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except (OSError, http.client.HTTPException) as error:
        raise httpx.ReadError(str(error) or type(error).__name__, request=request) from error


def _key(url: httpx.URL) -> tuple[str, str, int]:
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.host, port
