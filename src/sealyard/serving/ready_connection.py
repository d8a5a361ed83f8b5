"""Answers that are ready, sent from within the parser: no task, no cycle, one write.

uvicorn makes a task, an event and a cycle of objects for each request, so that an application may
wait. A read of something that is in memory waits for nothing; this way costs half as much. All
that is unusual about a request (a body, a condition, a client that does not take what it asked
for, a request still under way before it) goes uvicorn's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sealyard.api.http import Asked, takes_gzip
from sealyard.serving.connection import MAX_HEAD_FIELDS, BoundedConnection
from sealyard.serving.joined_writes import JoinedWrites

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from sealyard.api.http import Reply

_METHODS: Final = {b"GET": "GET", b"HEAD": "HEAD"}
_UNUSUAL: Final = {
    b"content-length",
    b"transfer-encoding",
    b"expect",
    b"range",
    b"if-none-match",
    b"if-match",
    b"if-modified-since",
    b"if-unmodified-since",
    b"upgrade",
}


class ReadyConnection(BoundedConnection):
    """Asks the application for a ready answer before it makes a request of what came.

    An application that has none to offer (no method ``ready``) never notices.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (handed on to uvicorn)
        super().__init__(*args, **kwargs)
        self._find: Callable[[Asked], Reply | None] | None = getattr(self.app, "ready", None)
        self._is_answered = False

    def on_headers_complete(self) -> None:
        """Answer at once or start the request; called by the parser."""
        answer = None if self._find is None else self._ready_answer(self._find)
        if answer is None:
            super().on_headers_complete()
            return
        self._moved, self._in_head = True, False
        self._is_answered = True
        self._send(answer, with_body=self.parser.get_method() != b"HEAD")

    def on_message_complete(self) -> None:
        """End the request; called by the parser."""
        if not self._is_answered:
            super().on_message_complete()
            return
        self._is_answered = False
        self._moved = self._in_head = True
        self.on_response_complete()

    def _ready_answer(self, find: Callable[[Asked], Reply | None]) -> Reply | None:
        asked = self._asked()
        if asked is None:
            return None
        answer = find(asked)
        return answer if answer is not None and answer.fields() else None

    def _asked(self) -> Asked | None:
        under_way: RequestResponseCycle | None = self.cycle  # uvicorn's annotation forgets None
        if under_way is not None and not under_way.response_complete:
            return None
        method = _METHODS.get(self.parser.get_method())
        url: bytes = self.url
        if (
            method is None
            or self.flow.write_paused
            or self.transport.is_closing()
            or not self.parser.should_keep_alive()
            or b"%" in url
            or b"#" in url
            or not url.isascii()
            or len(self.headers) > MAX_HEAD_FIELDS
        ):
            return None
        authorization: bytes | None = None
        gzip = False
        for name, value in self.headers:
            if name in _UNUSUAL:
                return None
            if name == b"authorization" and authorization is None:
                authorization = value
            elif name == b"accept-encoding":
                gzip = takes_gzip(value)
        path, _, query = url.partition(b"?")
        address = self.client[0] if self.client else "-"
        return Asked(method, path.decode("ascii"), query, authorization, address, gzip)

    def _send(self, answer: Reply, *, with_body: bool) -> None:
        lines = [b"HTTP/1.1 200 OK\r\n"]
        lines += [b"%b: %b\r\n" % line for line in self.server_state.default_headers]
        lines += [answer.fields(), b"\r\n"]
        transport = self.transport
        if isinstance(transport, JoinedWrites):
            transport.write_answer(b"".join(lines), answer.body if with_body else b"")
