"""Answers kept finished: headers and body as they go out, until what they tell of changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sealyard.api.distribution.wire import API_VERSION
from sealyard.api.http import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from sealyard.api.http import Headers, Request, Send
    from sealyard.db.generations import Generations
    from sealyard.services.ready_cache import ReadyCache


@dataclass(frozen=True, slots=True)
class Ready:
    """One answer to GET and to HEAD. ``size`` is that of the content, ``etag`` may be empty."""

    get: Reply
    head: Reply
    etag: bytes
    size: int

    @classmethod
    def of(cls, headers: Headers, body: bytes, etag: bytes = b"") -> Self:
        """Make one that holds its body."""
        full = [API_VERSION, *headers, (b"content-length", b"%d" % len(body))]
        return cls(Reply(200, full, body), Reply(200, full), etag, len(body))

    @classmethod
    def of_head(cls, headers: Headers, size: int, etag: bytes) -> Self:
        """Make one without a body, of which ``size`` bytes are somewhere else."""
        full = [API_VERSION, *headers, (b"content-length", b"%d" % size)]
        head = Reply(200, full)
        return cls(head, head, etag, size)

    def is_known_to(self, request: Request) -> bool:
        """Tell whether the client has it already (``If-None-Match``, RFC 9110, section 13.1.2)."""
        known = request.header(b"if-none-match")
        if known is None or not self.etag:
            return False
        return known == b"*" or self.etag in known

    async def send(self, request: Request, send: Send) -> None:
        """Answer with it."""
        if self.is_known_to(request):
            await Reply(304, [API_VERSION, (b"etag", self.etag)]).send(send)
        elif request.method == "HEAD":
            await self.head.send(send)
        else:
            await self.get.send(send)


class ReadyAnswers:
    """The answers of a worker, kept in memory within a bound."""

    def __init__(self, cache: ReadyCache[Ready], generations: Generations) -> None:
        self.find = cache.get
        self._put = cache.put
        self._stamp = generations.stamp

    async def load(self, key: Hashable, topic: str, make: Callable[[], Awaitable[Ready]]) -> Ready:
        """Make the answer and keep it for as long as ``topic`` does not change."""
        stamp = self._stamp(topic)  # before anything is read: see ReadyCache
        ready = await make()
        self._put(key, topic, stamp, ready, len(ready.get.body) + len(repr(key)))
        return ready


def manifest_key(name: str, reference: str) -> Hashable:
    """Return the key of a manifest's answer."""
    return ("manifest", name, reference)


def blob_key(name: str, digest: str) -> Hashable:
    """Return the key of a blob's head."""
    return ("blob", name, digest)


def tags_key(name: str, query: bytes) -> Hashable:
    """Return the key of a page of tags."""
    return ("tags", name, query)


def referrers_key(name: str, digest: str, query: bytes) -> Hashable:
    """Return the key of a page of referrers."""
    return ("referrers", name, digest, query)


def catalog_key(query: bytes) -> Hashable:
    """Return the key of a page of the whole catalog."""
    return ("catalog", query)
