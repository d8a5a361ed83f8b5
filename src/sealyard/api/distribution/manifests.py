"""``/v2/<name>/manifests/<tag or digest>``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.api.distribution.ready import Ready, manifest_key
from sealyard.api.distribution.wire import API_VERSION
from sealyard.api.http import reply
from sealyard.errors import ManifestUnknownError
from sealyard.oci import references
from sealyard.oci.digest import Digest
from sealyard.oci.errors import InvalidTagError
from sealyard.services.registry import topics
from sealyard.services.registry.manifests import PutManifest

if TYPE_CHECKING:
    from sealyard.access.caller import Caller
    from sealyard.api.distribution.ready import ReadyAnswers
    from sealyard.api.http import Headers, Request, Send
    from sealyard.services.registry.registry import Registry


class ManifestEndpoints:
    """Manifests are sent with the type they came with, whatever the client says it accepts.

    Every client of the last years accepts all of them; to turn one type into another, as docker's
    registry once did, would change the digest that was signed.
    """

    def __init__(self, registry: Registry, ready: ReadyAnswers) -> None:
        self._registry = registry
        self._ready = ready

    async def get(
        self, request: Request, caller: Caller, name: str, reference: str, send: Send
    ) -> None:
        """Answer GET and HEAD."""
        caller.require(Action.PULL, name)
        topic = topics.repository(name)
        key = manifest_key(name, reference)
        found = self._ready.find(key, topic)
        if found is None:

            async def make() -> Ready:
                return await self._load(caller, name, reference)

            found = await self._ready.load(key, topic, make)
        await found.send(request, send)

    async def put(
        self, request: Request, caller: Caller, name: str, reference: str, send: Send
    ) -> None:
        """Answer PUT; with a digest in the path, the tags are in the query."""
        caller.require(Action.PUSH, name)
        references.repository_name(name)
        named = references.tag_or_digest(reference)
        tags = [references.tag(text) for text in request.query_values("tag")]
        if not isinstance(named, Digest):
            tags.insert(0, named)
        content = await request.body(
            self._registry.limits.max_manifest_size, "the size of a manifest"
        )
        sent = PutManifest(
            content=content,
            content_type=(request.header(b"content-type") or b"").decode("latin-1"),
            digest=named if isinstance(named, Digest) else None,
            tags=tuple(dict.fromkeys(tags)),
        )
        stored = await self._registry.manifests.put(caller, name, sent)
        digest = str(stored.digest)
        headers: Headers = [
            API_VERSION,
            (b"location", f"/v2/{name}/manifests/{digest}".encode()),
            (b"docker-content-digest", digest.encode()),
        ]
        if stored.subject is not None:
            headers.append((b"oci-subject", str(stored.subject).encode()))
        if sent.digest is not None:
            headers.extend((b"oci-tag", tag.encode()) for tag in sent.tags)
        await reply(201, headers=headers).send(send)

    async def delete(
        self, _request: Request, caller: Caller, name: str, reference: str, send: Send
    ) -> None:
        """Answer DELETE: of a tag the tag, of a digest the manifest with all its tags."""
        caller.require(Action.DELETE, name)
        named = _known_form(name, reference)
        if isinstance(named, Digest):
            await self._registry.manifests.delete(caller, name, named)
        else:
            await self._registry.tags.delete(caller, name, named)
        await reply(202, headers=[API_VERSION]).send(send)

    async def _load(self, caller: Caller, name: str, reference: str) -> Ready:
        found = await self._registry.manifests.find(caller, name, _known_form(name, reference))
        digest = found.digest.encode()
        etag = b'"%s"' % digest
        headers = [
            (b"content-type", found.media_type.encode()),
            (b"docker-content-digest", digest),
            (b"etag", etag),
            (b"x-content-type-options", b"nosniff"),
        ]
        return Ready.of(headers, found.content, etag)


def _known_form(name: str, reference: str) -> str | Digest:
    """Read a reference that is looked for: what cannot be a tag is not there, and no fault."""
    references.repository_name(name)
    try:
        return references.tag_or_digest(reference)
    except InvalidTagError as error:
        raise ManifestUnknownError(name, error.text[:128]) from error
