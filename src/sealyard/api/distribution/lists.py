"""``/v2/<name>/tags/list``, ``/v2/_catalog`` and ``/v2/<name>/referrers/<digest>``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.access.actions import Action
from sealyard.api.distribution.paging import Paging, link
from sealyard.api.distribution.ready import Ready, catalog_key, referrers_key, tags_key
from sealyard.oci import media_types, references
from sealyard.oci.digest import Digest
from sealyard.services.registry import topics
from sealyard.services.registry.catalog import sees_everything

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealyard.access.caller import Caller
    from sealyard.api.distribution.ready import ReadyAnswers
    from sealyard.api.http import Headers, Request, Send
    from sealyard.services.registry.registry import Registry
    from sealyard.services.registry.tags import NamePage

_JSON: Final = (b"content-type", b"application/json; charset=utf-8")
_INDEX: Final = (b"content-type", media_types.OCI_INDEX.encode())


class ListEndpoints:
    """Lists, each page of them kept ready."""

    def __init__(self, registry: Registry, ready: ReadyAnswers) -> None:
        self._registry = registry
        self._ready = ready

    async def tags(
        self, request: Request, caller: Caller, name: str, _last: str, send: Send
    ) -> None:
        """Answer GET and HEAD of a repository's tags."""
        caller.require(Action.PULL, name)
        topic = topics.repository(name)
        key = tags_key(name, request.scope.get("query_string", b""))
        found = self._ready.find(key, topic)
        if found is None:

            async def make() -> Ready:
                return await self._load_tags(caller, name, Paging.asked(request))

            found = await self._ready.load(key, topic, make)
        await found.send(request, send)

    async def catalog(
        self, request: Request, caller: Caller, _name: str, _last: str, send: Send
    ) -> None:
        """Answer GET and HEAD of the list of repositories that the caller may pull from."""
        caller.require(Action.CATALOG)
        if not sees_everything(caller):
            own = await self._load_catalog(caller, Paging.asked(request))
            await own.send(request, send)
            return
        key = catalog_key(request.scope.get("query_string", b""))
        found = self._ready.find(key, topics.CATALOG)
        if found is None:

            async def make() -> Ready:
                return await self._load_catalog(caller, Paging.asked(request))

            found = await self._ready.load(key, topics.CATALOG, make)
        await found.send(request, send)

    async def referrers(
        self, request: Request, caller: Caller, name: str, reference: str, send: Send
    ) -> None:
        """Answer GET and HEAD of what names a manifest as its subject."""
        caller.require(Action.PULL, name)
        topic = topics.repository(name)
        key = referrers_key(name, reference, request.scope.get("query_string", b""))
        found = self._ready.find(key, topic)
        if found is None:

            async def make() -> Ready:
                return await self._load_referrers(request, caller, name, reference)

            found = await self._ready.load(key, topic, make)
        await found.send(request, send)

    async def _load_tags(self, caller: Caller, name: str, asked: Paging) -> Ready:
        references.repository_name(name)
        page = await self._registry.tags.page(caller, name, after=asked.last, limit=asked.limit)
        body = msgspec.json.encode({"name": name, "tags": page.names})
        return Ready.of([_JSON, *_next(f"/v2/{name}/tags/list", page, asked)], body)

    async def _load_catalog(self, caller: Caller, asked: Paging) -> Ready:
        page = await self._registry.catalog.page(caller, after=asked.last, limit=asked.limit)
        body = msgspec.json.encode({"repositories": page.names})
        return Ready.of([_JSON, *_next("/v2/_catalog", page, asked)], body)

    async def _load_referrers(
        self, request: Request, caller: Caller, name: str, reference: str
    ) -> Ready:
        references.repository_name(name)
        subject = Digest.parse(reference)
        wanted = request.query("artifactType") or ""
        after = request.query("last") or ""
        page = await self._registry.referrers.page(caller, name, subject, wanted, after)
        headers: Headers = [_INDEX]
        fields: dict[str, str] = {}
        if wanted:
            headers.append((b"oci-filters-applied", b"artifactType"))
            fields["artifactType"] = wanted
        if page.next_after:
            path = f"/v2/{name}/referrers/{reference}"
            headers.append(link(path, **fields, last=page.next_after))
        return Ready.of(headers, _index(page.descriptors))


def _next(path: str, page: NamePage, asked: Paging) -> Headers:
    # Of nothing there is no last one to go on from: n=0 never has a Link.
    if not page.has_more or not page.names:
        return []
    limit = {} if asked.limit is None else {"n": str(asked.limit)}
    return [link(path, last=page.names[-1], **limit)]


def _index(descriptors: Sequence[bytes]) -> bytes:
    return msgspec.json.encode(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [msgspec.Raw(each) for each in descriptors],
        }
    )
