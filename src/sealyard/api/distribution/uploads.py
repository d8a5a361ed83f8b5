"""``/v2/<name>/blobs/uploads/`` and what it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.api.distribution.wire import API_VERSION, upload_range
from sealyard.api.http import Reply, reply
from sealyard.oci import digest as digests
from sealyard.oci import references
from sealyard.oci.digest import Digest
from sealyard.oci.ranges import ByteRange
from sealyard.services.registry.uploads import Chunk

if TYPE_CHECKING:
    from sealyard.access.caller import Caller
    from sealyard.api.http import Headers, Request, Send
    from sealyard.services.registry.registry import Registry

_NO_CONTENT: Final = 204


class UploadEndpoints:
    """Every way in which the specification and docker's clients bring a blob."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def start(
        self, request: Request, caller: Caller, name: str, _last: str, send: Send
    ) -> None:
        """Answer POST: a mount, a whole blob at once, or an upload to go on with."""
        caller.require(Action.PUSH, name)
        references.repository_name(name)
        mount, whole = request.query("mount"), request.query("digest")
        if mount is not None and await self._mounted(request, caller, name, Digest.parse(mount)):
            await _created(name, mount).send(send)
            return
        algorithm = digests.algorithm(request.query("digest-algorithm") or "sha256")
        if whole is not None:
            digest = Digest.parse(whole)
            algorithm = digest.algorithm
            # Without a body it is only a hint at what is going to come: but nothing has a digest.
            if _has_body(request) or digest == Digest.of(b"", digest.algorithm):
                uploads = self._registry.uploads
                await uploads.put_whole(caller, name, digest, request.chunks())
                await _created(name, whole).send(send)
                return
        upload = await self._registry.uploads.start(caller, name, algorithm)
        await _open(202, name, upload, 0).send(send)

    async def status(
        self, _request: Request, caller: Caller, name: str, upload: str, send: Send
    ) -> None:
        """Answer GET and HEAD: how much has come."""
        references.repository_name(name)
        offset = await self._registry.uploads.offset(caller, name, upload)
        await _open(204, name, upload, offset).send(send)

    async def append(
        self, request: Request, caller: Caller, name: str, upload: str, send: Send
    ) -> None:
        """Answer PATCH: one more chunk, or docker's stream of everything."""
        references.repository_name(name)
        offset = await self._registry.uploads.append(caller, name, upload, _chunk(request))
        await _open(202, name, upload, offset).send(send)

    async def finish(
        self, request: Request, caller: Caller, name: str, upload: str, send: Send
    ) -> None:
        """Answer PUT: the last chunk, or none, and the digest of the whole."""
        caller.require(Action.PUSH, name)
        references.repository_name(name)
        text = request.query("digest") or ""
        digest = Digest.parse(text)
        last = _chunk(request)
        brings_more = _has_body(request) or last.range is not None
        await self._registry.uploads.finish(
            caller, name, upload, digest, last if brings_more else None
        )
        await _created(name, text).send(send)

    async def cancel(
        self, _request: Request, caller: Caller, name: str, upload: str, send: Send
    ) -> None:
        """Answer DELETE."""
        references.repository_name(name)
        await self._registry.uploads.cancel(caller, name, upload)
        await Reply(204, [API_VERSION]).send(send)

    async def _mounted(self, request: Request, caller: Caller, name: str, digest: Digest) -> bool:
        # Without a source any repository would do, says the specification, or none: with tokens
        # that name their repositories there is hardly ever one to find.
        source = request.query("from")
        if source is None or not references.is_repository_name(source):
            return False
        return await self._registry.blobs.mount(caller, name, digest, source)


def location(name: str, upload: str) -> tuple[bytes, bytes]:
    """Return the ``Location`` of an open upload; relative, so it holds behind any proxy."""
    return (b"location", f"/v2/{name}/blobs/uploads/{upload}".encode())


def _open(status: int, name: str, upload: str, offset: int) -> Reply:
    headers: Headers = [
        API_VERSION,
        location(name, upload),
        (b"range", upload_range(offset)),
        (b"docker-upload-uuid", upload.encode()),
    ]
    # RFC 9110, section 8.6: a 204 has no Content-Length.
    return Reply(status, headers) if status == _NO_CONTENT else reply(status, headers=headers)


def _created(name: str, digest: str) -> Reply:
    headers: Headers = [
        API_VERSION,
        (b"location", f"/v2/{name}/blobs/{digest}".encode()),
        (b"docker-content-digest", digest.encode()),
    ]
    return reply(201, headers=headers)


def _chunk(request: Request) -> Chunk:
    header = request.header(b"content-range")
    part = None if header is None else ByteRange.of_chunk(header.decode("latin-1"))
    return Chunk(request.chunks(), part)


def _has_body(request: Request) -> bool:
    length = request.content_length
    return length > 0 if length is not None else request.header(b"transfer-encoding") is not None
