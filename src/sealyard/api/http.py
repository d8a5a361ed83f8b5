"""HTTP for the data plane: a thin typed layer over ASGI, a few microseconds per request.

Starlette serves everything else; blobs, manifests and trust files take this shorter way (design:
a request through it costs about 20 µs, through a framework two to four times that).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from sealyard.errors import LimitExceededError, SealyardError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]
    Headers = list[tuple[bytes, bytes]]

_MAX_QUERY_FIELDS = 32
_CONTROLS = re.compile(b"[\x00-\x08\x0a-\x1f\x7f]")


class ClientGoneError(SealyardError):
    """The client closed the connection in the middle of its request; nobody reads an answer."""

    def __init__(self) -> None:
        super().__init__("the client closed the connection")


class Request:
    """One request: what was asked, by whom, and its body as it comes in."""

    __slots__ = ("_headers", "_query", "_receive", "method", "path", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._receive = receive
        self._query: dict[str, list[str]] | None = None

    @property
    def address(self) -> str:
        """The peer's address, ``-`` where the socket has none."""
        client = self.scope.get("client")
        return client[0] if client else "-"

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of the header ``name`` (lower case), if it was sent."""
        for key, value in self._headers:
            if key == name:
                return value
        return None

    def header_values(self, name: bytes) -> list[bytes]:
        """Return all values of the header ``name`` (lower case)."""
        return [value for key, value in self._headers if key == name]

    def query(self, name: str) -> str | None:
        """Return the first value of the query field ``name``, if it was sent."""
        values = self.query_values(name)
        return values[0] if values else None

    def query_values(self, name: str) -> list[str]:
        """Return all values of the query field ``name``; too many raise ``LimitExceededError``."""
        if self._query is None:
            self._query = _parse_query(self.scope.get("query_string", b""))
        return self._query.get(name, [])

    @property
    def takes_gzip(self) -> bool:
        """Whether the client says that it unpacks gzip."""
        return takes_gzip(self.header(b"accept-encoding") or b"")

    @property
    def content_length(self) -> int | None:
        """The announced length of the body; the server refuses malformed ones by itself."""
        value = self.header(b"content-length")
        return int(value) if value is not None and value.isdigit() else None

    async def body(self, limit: int, what: str = "the body") -> bytes:
        """Return the whole body; raise ``LimitExceededError`` once it passes ``limit`` bytes."""
        announced = self.content_length
        if announced is not None and announced > limit:
            raise LimitExceededError(what, limit)
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > limit:
                raise LimitExceededError(what, limit)
            parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raise ``ClientGoneError`` if it breaks off."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunk: bytes = message.get("body", b"")
            if chunk:
                yield chunk
            if not message.get("more_body", False):
                return


class Asked(NamedTuple):
    """A request without a body and without conditions, before anything is done about it."""

    method: str
    path: str
    query: bytes
    authorization: bytes | None
    address: str
    takes_gzip: bool = False


class Reply:
    """A whole answer, ready to be sent any number of times."""

    __slots__ = ("_fields", "_finish", "_start", "body", "headers", "status")

    def __init__(
        self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes = b""
    ) -> None:
        self.status = status
        self.headers: Headers = list(headers)
        self.body = body
        self._start: Message = {
            "type": "http.response.start",
            "status": status,
            "headers": self.headers,
        }
        self._finish: Message = {"type": "http.response.body", "body": body}
        self._fields: bytes | None = None

    async def send(self, send: Send) -> None:
        """Send it. ``Content-Length`` is among the headers already or is not wanted."""
        await send(self._start)
        await send(self._finish)

    def fields(self) -> bytes:
        """Return the headers as they go over the wire, made once; nothing if one of them may not.

        A value with a line break in it would be a header of its own: the server refuses it.
        """
        if self._fields is None:
            broken = any(_CONTROLS.search(value) for _, value in self.headers)
            lines = () if broken else self.headers
            self._fields = b"".join(b"%b: %b\r\n" % line for line in lines)
        return self._fields


def reply(status: int, body: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = ()) -> Reply:
    """Make a ``Reply`` with its ``Content-Length``."""
    return Reply(status, [*headers, (b"content-length", b"%d" % len(body))], body)


def takes_gzip(accept_encoding: bytes) -> bool:
    """Tell whether an ``Accept-Encoding`` asks for gzip; one with weights of 0 is not looked into.

    To answer it unpacked is never wrong (RFC 9110, section 12.5.3).
    """
    return b"gzip" in accept_encoding and b"q=0" not in accept_encoding


def _parse_query(raw: bytes) -> dict[str, list[str]]:
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS
        )
    except ValueError as error:
        what = "the number of query fields"
        raise LimitExceededError(what, _MAX_QUERY_FIELDS) from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields
