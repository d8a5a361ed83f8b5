"""``/v2/<name>/blobs/<digest>``."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.api.distribution.ready import Ready, blob_key
from sealyard.api.distribution.wire import API_VERSION
from sealyard.api.http import Reply, reply
from sealyard.errors import SealyardError
from sealyard.oci import references
from sealyard.oci.digest import Digest
from sealyard.oci.ranges import ByteRange
from sealyard.services.registry import topics

if TYPE_CHECKING:
    from sealyard.access.caller import Caller
    from sealyard.api.distribution.ready import ReadyAnswers
    from sealyard.api.http import Headers, Request, Send
    from sealyard.services.registry.registry import Registry


class BrokenOffError(Exception):
    """A blob could not be sent to its end; the connection is closed, so that the client sees it."""


class BlobEndpoints:
    """Blobs go out in pieces, each one only once the client has taken the one before."""

    def __init__(self, registry: Registry, ready: ReadyAnswers) -> None:
        self._registry = registry
        self._ready = ready

    async def get(
        self, request: Request, caller: Caller, name: str, reference: str, send: Send
    ) -> None:
        """Answer GET and HEAD, of the whole or of one range."""
        caller.require(Action.PULL, name)
        topic = topics.repository(name)
        key = blob_key(name, reference)
        found = self._ready.find(key, topic)
        if found is None:

            async def make() -> Ready:
                return await self._load(caller, name, reference)

            found = await self._ready.load(key, topic, make)
        if request.method == "HEAD" or found.is_known_to(request):
            await found.send(request, send)
            return
        asked = request.header(b"range")
        part = None if asked is None else ByteRange.requested(asked.decode("latin-1"), found.size)
        if part is None:
            await self._stream(found.head, reference, ByteRange.whole(found.size), send)
        else:
            await self._stream(_partial(found, part), reference, part, send)

    async def delete(
        self, _request: Request, caller: Caller, name: str, reference: str, send: Send
    ) -> None:
        """Answer DELETE."""
        caller.require(Action.DELETE, name)
        references.repository_name(name)
        await self._registry.blobs.delete(caller, name, Digest.parse(reference))
        await reply(202, headers=[API_VERSION]).send(send)

    async def _load(self, caller: Caller, name: str, reference: str) -> Ready:
        references.repository_name(name)
        digest = Digest.parse(reference)
        size = await self._registry.blobs.size(caller, name, digest)
        etag = b'"%s"' % reference.encode()
        headers = [
            (b"content-type", b"application/octet-stream"),
            (b"docker-content-digest", reference.encode()),
            (b"accept-ranges", b"bytes"),
            (b"etag", etag),
        ]
        return Ready.of_head(headers, size, etag)

    async def _stream(self, start: Reply, reference: str, part: ByteRange, send: Send) -> None:
        if not part:
            await start.send(send)
            return
        left = len(part)
        pieces = self._registry.blobs.read(Digest.parse(reference), part)
        async with aclosing(pieces):
            first = await anext(pieces)  # what cannot be read at all is told as an error
            await send(
                {"type": "http.response.start", "status": start.status, "headers": start.headers}
            )
            left -= len(first)
            await send({"type": "http.response.body", "body": first, "more_body": left > 0})
            try:
                async for piece in pieces:
                    left -= len(piece)
                    await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
            except SealyardError as error:
                raise BrokenOffError(reference) from error


def _partial(found: Ready, part: ByteRange) -> Reply:
    headers: Headers = [
        (name, value) for name, value in found.head.headers if name != b"content-length"
    ]
    span = b"bytes %d-%d/%d" % (part.first, part.last, found.size)
    return Reply(206, [*headers, (b"content-length", b"%d" % len(part)), (b"content-range", span)])
