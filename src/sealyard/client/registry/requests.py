"""What an origin sends and gives back, and what all origins share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

Content = bytes | Callable[[], Iterator[bytes]] | None
"""A body: bytes, nothing, or a function that is called for the pieces at each attempt."""


@dataclass(frozen=True, slots=True)
class Network:
    """What every origin shares: the wire, and the time in seconds."""

    transport: httpx.BaseTransport
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, read."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def status_code(self) -> int:
        """The status, by httpx's name for it."""
        return self.status

    def close(self) -> None:
        """Do nothing: it has been read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request before it is signed; ``url`` is absolute.

    ``deadline`` (of the network's clock) is for the whole exchange, ``head_seconds`` for the head
    of the answer once all is sent, and ``head_by`` (of that clock) for it too.
    """

    method: str
    url: httpx.URL
    scopes: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Content = None
    deadline: float | None = None
    head_seconds: float | None = None
    head_by: float | None = None

    def signed(self, authorization: str | None) -> httpx.Request:
        """Make what goes over the wire."""
        headers = {
            "User-Agent": f"sealyard/{VERSION}",
            "Accept-Encoding": "identity",  # digests are over what is stored
            **self.headers,
        }
        if authorization is not None:
            headers["Authorization"] = authorization
        content = self.content() if callable(self.content) else self.content
        limits = {
            "deadline": self.deadline,
            "head_seconds": self.head_seconds,
            "head_by": self.head_by,
        }
        extensions = {name: limit for name, limit in limits.items() if limit is not None}
        return httpx.Request(
            self.method, self.url, headers=headers, content=content, extensions=extensions
        )


class _Whole(httpx.SyncByteStream):
    """A body that is here already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content


def streaming(answer: httpx.Response) -> httpx.Response:
    """Return an answer whose body streams: transports in memory give one that has been read."""
    if not answer.is_stream_consumed:
        return answer
    return httpx.Response(answer.status_code, headers=answer.headers, stream=_Whole(answer.content))
