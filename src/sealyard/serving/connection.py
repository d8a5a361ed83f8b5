"""A client's connection: uvicorn's, with bounds on what comes before a request is understood.

uvicorn bounds bodies, by not reading on until the application has taken what came. It does not
bound what is no body: a head without an end, trailers, the extensions of chunks; nor the time that
a head may take. Whoever can connect could so fill the memory of a worker, before any sign-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sealyard.serving.joined_writes import JoinedWrites

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

MAX_HEAD_BYTES: Final = 64 * 1024  # tokens of az are the largest that honest clients send: 4 KiB
MAX_HEAD_FIELDS: Final = 128
MAX_URL_BYTES: Final = 32 * 1024  # a token for sixty mounts at once is asked for with some ten
MAX_HEAD_SECONDS: Final = 30.0

_MESSAGE: Final = b"the head of the request is too large\n"
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s"
) % (len(_MESSAGE), _MESSAGE)


class HeadTooLargeError(ValueError):
    """A head is larger than anybody needs; uvicorn answers 400 and closes."""


class BoundedConnection(HttpToolsProtocol):
    """Ends when more than ``MAX_HEAD_BYTES`` came without a head or a piece of a body in them.

    What is read at once (256 KiB) may go over the bound by itself: it is in memory already.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (handed on to uvicorn)
        super().__init__(*args, **kwargs)
        self._moved = False
        self._in_head = True
        self._unused = 0  # bytes since the last head or piece of a body
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        """Begin to wait for a first head."""
        super().connection_made(JoinedWrites(transport, self.loop))
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came, unless it leads nowhere."""
        if self.transport.is_closing():
            return
        self._moved = False
        super().data_received(data)
        if self._moved:
            self._unused = 0
            self._forget_deadline()
            return
        self._unused += len(data)
        if self._unused > MAX_HEAD_BYTES:
            self._refuse()
        elif self._in_head:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Start the request; called by the parser."""
        self._moved, self._in_head = True, False
        if len(self.headers) > MAX_HEAD_FIELDS or len(self.url) > MAX_URL_BYTES:
            raise HeadTooLargeError
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of a body; called by the parser."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; called by the parser."""
        self._moved = self._in_head = True
        super().on_message_complete()

    def _expect_head(self) -> None:
        # A head mostly comes in one piece, and then no timer is ever made.
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(MAX_HEAD_SECONDS, self._too_late)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        # Stray bytes behind a request are no reason to cut its answer off; they are bounded.
        if not self._is_answering():
            self.transport.close()

    def _refuse(self) -> None:
        if not self._is_answering():
            self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _is_answering(self) -> bool:
        under_way: RequestResponseCycle | None = self.cycle  # uvicorn's annotation forgets None
        return under_way is not None and not under_way.response_complete
