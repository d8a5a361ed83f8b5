"""The door itself: who asks, for which endpoint, and what to say when it cannot be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from sealyard.access.actions import Action
from sealyard.access.errors import AccessError, DeniedError, UnauthenticatedError
from sealyard.access.rights import NOTHING
from sealyard.api.distribution.blobs import BlobEndpoints
from sealyard.api.distribution.lists import ListEndpoints
from sealyard.api.distribution.manifests import ManifestEndpoints
from sealyard.api.distribution.paths import Endpoint, place
from sealyard.api.distribution.ready import (
    ReadyAnswers,
    blob_key,
    catalog_key,
    manifest_key,
    referrers_key,
    tags_key,
)
from sealyard.api.distribution.uploads import UploadEndpoints, location
from sealyard.api.distribution.wire import (
    API_VERSION,
    EndpointUnknownError,
    MethodNotAllowedError,
    refusal,
)
from sealyard.api.http import ClientGoneError, Reply
from sealyard.errors import LimitExceededError, SealyardError, UploadOffsetError
from sealyard.oci.references import is_repository_name
from sealyard.services.registry import topics
from sealyard.services.registry.catalog import sees_everything

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from sealyard.access.caller import Caller
    from sealyard.api.challenges import Challenges
    from sealyard.api.distribution.ready import Ready
    from sealyard.api.http import Asked, Headers, Request, Send
    from sealyard.db.generations import Generations
    from sealyard.services.ready_cache import ReadyCache
    from sealyard.services.registry.registry import Registry

    Answer = Callable[[Request, Caller, str, str, Send], Awaitable[None]]

_BASE: Final = Reply(
    200, [API_VERSION, (b"content-type", b"application/json"), (b"content-length", b"2")], b"{}"
)
_BASE_HEAD: Final = Reply(200, _BASE.headers)
_SCOPES: Final = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}


class Authenticator(Protocol):
    """Who turns an ``Authorization`` header into a caller."""

    def cached(self, authorization: bytes | None, address: str) -> Caller | None:
        """Return the caller if that takes no work."""

    async def caller(self, authorization: bytes | None, address: str) -> Caller:
        """Return the caller; raise an ``AccessError``."""


class Distribution:
    """Answers every request below ``/v2/`` that is not about trust data."""

    def __init__(
        self,
        registry: Registry,
        authenticator: Authenticator,
        challenges: Challenges,
        cache: ReadyCache[Ready],
        generations: Generations,
    ) -> None:
        self._authenticator = authenticator
        self._challenges = challenges
        self._answers = ReadyAnswers(cache, generations)
        self._endpoints = _endpoints(registry, self._answers)

    async def __call__(self, request: Request, send: Send) -> None:
        """Answer one request; what cannot be foreseen passes through."""
        try:
            await self._answer(request, send)
        except ClientGoneError:
            raise
        except SealyardError as error:
            told = refusal(error, self._extra(request, error))
            if request.method == "HEAD":
                told = Reply(told.status, told.headers)
            await told.send(send)

    def ready(self, asked: Asked) -> Reply | None:
        """Return the answer if it is finished and the caller may have it; otherwise call."""
        caller = self._authenticator.cached(asked.authorization, asked.address)
        if caller is None:
            return None
        endpoint, name, last = place(asked.path)
        if endpoint is Endpoint.CATALOG:
            seen = caller.may(Action.CATALOG) and sees_everything(caller)
            key, topic = catalog_key(asked.query), topics.CATALOG
        else:
            seen = caller.may(Action.PULL, name)
            key, topic = _ready_key(endpoint, name, last, asked), topics.repository(name)
        found = self._answers.find(key, topic) if seen else None
        if found is None:
            return None
        return found.head if asked.method == "HEAD" else found.get

    async def _answer(self, request: Request, send: Send) -> None:
        authorization = request.header(b"authorization")
        caller = self._authenticator.cached(authorization, request.address)
        if caller is None:
            caller = await self._authenticator.caller(authorization, request.address)
        endpoint, name, last = place(request.path)
        methods = self._endpoints[endpoint]
        answer = methods.get(request.method)
        if answer is None:
            if not methods:
                raise EndpointUnknownError(request.path)
            raise MethodNotAllowedError(request.method, methods)
        await answer(request, caller, name, last, send)

    def _extra(self, request: Request, error: SealyardError) -> Headers:
        if isinstance(error, AccessError) and not isinstance(error, DeniedError):
            return [self._challenges.header(request, error, _scope(request))]
        if isinstance(error, UploadOffsetError):
            _, name, upload = place(request.path)
            return [location(name, upload), (b"docker-upload-uuid", upload.encode())]
        return []


def _ready_key(endpoint: Endpoint, name: str, last: str, asked: Asked) -> Hashable:
    if endpoint is Endpoint.MANIFEST:
        return manifest_key(name, last)
    if endpoint is Endpoint.TAGS:
        return tags_key(name, asked.query)
    if endpoint is Endpoint.REFERRERS:
        return referrers_key(name, last, asked.query)
    if endpoint is Endpoint.BLOB and asked.method == "HEAD":
        return blob_key(name, last)
    return None


def _endpoints(registry: Registry, ready: ReadyAnswers) -> dict[Endpoint, dict[str, Answer]]:
    manifests = ManifestEndpoints(registry, ready)
    blobs = BlobEndpoints(registry, ready)
    uploads = UploadEndpoints(registry)
    lists = ListEndpoints(registry, ready)
    return {
        Endpoint.BASE: {"GET": _base, "HEAD": _base},
        Endpoint.CATALOG: {"GET": lists.catalog, "HEAD": lists.catalog},
        Endpoint.TAGS: {"GET": lists.tags, "HEAD": lists.tags},
        Endpoint.REFERRERS: {"GET": lists.referrers, "HEAD": lists.referrers},
        Endpoint.MANIFEST: {
            "GET": manifests.get,
            "HEAD": manifests.get,
            "PUT": manifests.put,
            "DELETE": manifests.delete,
        },
        Endpoint.BLOB: {"GET": blobs.get, "HEAD": blobs.get, "DELETE": blobs.delete},
        Endpoint.UPLOADS: {"POST": uploads.start},
        Endpoint.UPLOAD: {
            "GET": uploads.status,
            "HEAD": uploads.status,
            "PATCH": uploads.append,
            "PUT": uploads.finish,
            "DELETE": uploads.cancel,
        },
        Endpoint.NONE: {},
    }


async def _base(request: Request, caller: Caller, _name: str, _last: str, send: Send) -> None:
    # Without a header this is how a client asks where to sign in, whoever may pull.
    if caller.is_anonymous and (caller.rights == NOTHING or not request.header(b"authorization")):
        raise UnauthenticatedError(Action.PULL, None)
    await (_BASE_HEAD if request.method == "HEAD" else _BASE).send(send)


def _scope(request: Request) -> str:
    """Return the scope of a token that would do for ``request``."""
    endpoint, name, _ = place(request.path)
    if endpoint is Endpoint.CATALOG:
        return "registry:catalog:*"
    if not is_repository_name(name):
        return ""
    if endpoint in {Endpoint.UPLOAD, Endpoint.UPLOADS}:
        return f"repository:{name}:pull,push{_mount_scope(request)}"
    return f"repository:{name}:{_SCOPES.get(request.method, 'pull,push')}"


def _mount_scope(request: Request) -> str:
    try:
        source = request.query("from") or ""
    except LimitExceededError:  # a query that nobody can read is refused later, not here
        return ""
    return f" repository:{source}:pull" if is_repository_name(source) else ""
