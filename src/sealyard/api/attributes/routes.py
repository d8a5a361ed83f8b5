"""``/acr/v1``: what `az acr repository` and `sealyard acr repository` ask.

    GET, PATCH, DELETE  /acr/v1/<name>
    GET                 /acr/v1/<name>/_tags       ?n= &last= &orderby=timeasc|timedesc &digest=
    GET, PATCH, DELETE  /acr/v1/<name>/_tags/<tag>
    GET                 /acr/v1/<name>/_manifests  ?n= &last= &orderby=timeasc|timedesc
    GET, PATCH          /acr/v1/<name>/_manifests/<digest>
    GET                 /acr/v1/<name>/_trust      Sealyard's own: the root keys of its trust data
    GET, POST           /acr/v1/_deleted/…         refused: nothing that was deleted is kept

PATCH sets and lifts locks: ``{"writeEnabled": false}``; what is not named stays.

Authentication is the registry's: the same tokens, the same challenge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from starlette.routing import Route

from sealyard.access.errors import AccessError, DeniedError
from sealyard.api.attributes import shapes
from sealyard.api.attributes.wire import NothingDeletedKeptError, error_answer, json_answer
from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.http import Request as RawRequest
from sealyard.api.management_callers import address_of
from sealyard.db.attributes import AttributePage
from sealyard.db.base import to_column
from sealyard.db.locks import Lock
from sealyard.errors import SealyardError
from sealyard.oci import references
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sealyard.access.caller import Caller
    from sealyard.api.challenges import Challenges
    from sealyard.api.origins import Origins
    from sealyard.services.directory.authentication import Authenticator
    from sealyard.services.registry.attributes import Attributes
    from sealyard.services.registry.deletion import Deletion
    from sealyard.services.registry.locking import Locking
    from sealyard.services.registry.tags import Tags
    from sealyard.services.trust.roots import TrustRoots

    Answer = Callable[[Request, Caller, str], Awaitable[Response]]

_ORDERS: Final = {"": 0, "none": 0, "timeasc": 1, "timedesc": -1}
_DEFAULT_PAGE: Final = 100
_MAX_PAGE: Final = 1000
_MAX_DIGITS: Final = 6
_TRUST: Final = "/_trust"
# In links to the next page of what is sorted by time: where this one ended, whatever comes of it.
_LAST_TIME: Final = "lastTime"
_MAX_TIME_DIGITS: Final = 18


class _End(NamedTuple):
    """The last entry of a page: its name, and its time as the column has it."""

    name: str
    time: int


class WantedAttributes(msgspec.Struct, frozen=True):
    """The body of a PATCH; what is not named stays as it is."""

    deleteEnabled: bool | None = None  # noqa: N815 (as on the wire)
    writeEnabled: bool | None = None  # noqa: N815 (as on the wire)
    readEnabled: bool | None = None  # noqa: N815 (as on the wire)
    listEnabled: bool | None = None  # noqa: N815 (as on the wire)

    def locks(self) -> dict[Lock, bool]:
        """Return the locks that are to be set or lifted."""
        named = {
            Lock.DELETE: self.deleteEnabled,
            Lock.WRITE: self.writeEnabled,
            Lock.READ: self.readEnabled,
            Lock.LIST: self.listEnabled,
        }
        return {lock: not enabled for lock, enabled in named.items() if enabled is not None}


@dataclass(frozen=True, slots=True)
class AttributeServices:
    """What stands behind the door."""

    authenticator: Authenticator
    attributes: Attributes
    tags: Tags
    deletion: Deletion
    locking: Locking
    roots: TrustRoots


class AttributesDoor:
    """Shows attributes, sets locks, and deletes tags and repositories."""

    def __init__(
        self, services: AttributeServices, challenges: Challenges, origins: Origins
    ) -> None:
        self._services = services
        self._challenges = challenges
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes; the longer ones first, because a name may hold slashes."""
        name = "/acr/v1/{name:path}"
        return [
            Route("/acr/v1/_deleted/{name:path}", self.deleted, methods=["GET", "POST"]),
            self._route("GET", name + "/_tags", self.tags),
            self._route("GET", name + "/_tags/{tag}", self.tag),
            self._route("PATCH", name + "/_tags/{tag}", self.lock_tag),
            self._route("DELETE", name + "/_tags/{tag}", self.untag),
            self._route("GET", name + "/_manifests", self.manifests),
            self._route("GET", name + "/_manifests/{digest}", self.manifest),
            self._route("PATCH", name + "/_manifests/{digest}", self.lock_manifest),
            self._route("GET", name + _TRUST, self.trust),
            self._route("GET", name, self.repository),
            self._route("PATCH", name, self.lock),
            self._route("DELETE", name, self.delete),
        ]

    async def repository(self, request: Request, caller: Caller, name: str) -> Response:
        """Show a repository."""
        found = await self._services.attributes.repository(caller, name)
        login_server = self._origins.login_server(request.headers.get("host"))
        return json_answer(shapes.repository(login_server, found))

    async def lock(self, request: Request, caller: Caller, name: str) -> Response:
        """Set and lift locks of a repository."""
        wanted = await json_body(request, WantedAttributes)
        await self._services.locking.change(caller, name, None, wanted.locks())
        return await self.repository(request, caller, name)

    async def delete(self, _request: Request, caller: Caller, name: str) -> Response:
        """Delete a repository with its images, tags and trust data."""
        await self._services.deletion.delete(caller, name)
        return json_answer({"manifestsDeleted": [], "tagsDeleted": []}, 202)

    async def tags(self, request: Request, caller: Caller, name: str) -> Response:
        """List tags."""
        page = _page(request)
        digest = request.query_params.get("digest", "")
        found = await self._services.attributes.tags(caller, name, page, digest=digest)
        shown = [shapes.tag(one) for one in found]
        last = found[-1].attributes if found else None
        end = None if last is None else _End(last.name, to_column(last.updated_at))
        return self._listed(request, name, "tags", shown, end)

    async def tag(self, request: Request, caller: Caller, name: str) -> Response:
        """Show a tag."""
        tag = references.tag(request.path_params["tag"])
        found = await self._services.attributes.tag(caller, name, tag)
        return json_answer({**self._head(request, name), "tag": shapes.tag(found)})

    async def lock_tag(self, request: Request, caller: Caller, name: str) -> Response:
        """Set and lift locks of a tag."""
        tag = references.tag(request.path_params["tag"])
        wanted = await json_body(request, WantedAttributes)
        await self._services.locking.change(caller, name, tag, wanted.locks())
        return await self.tag(request, caller, name)

    async def untag(self, request: Request, caller: Caller, name: str) -> Response:
        """Delete a tag; the manifest stays."""
        tag = references.tag(request.path_params["tag"])
        await self._services.tags.delete(caller, name, tag)
        return json_answer({}, 202)

    async def manifests(self, request: Request, caller: Caller, name: str) -> Response:
        """List manifests."""
        found = await self._services.attributes.manifests(caller, name, _page(request))
        shown = [shapes.manifest(one) for one in found]
        last = found[-1].attributes if found else None
        end = None if last is None else _End(last.digest, to_column(last.created_at))
        return self._listed(request, name, "manifests", shown, end)

    async def manifest(self, request: Request, caller: Caller, name: str) -> Response:
        """Show a manifest."""
        digest = str(Digest.parse(request.path_params["digest"]))
        found = await self._services.attributes.manifest(caller, name, digest)
        return json_answer({**self._head(request, name), "manifest": shapes.manifest(found)})

    async def lock_manifest(self, request: Request, caller: Caller, name: str) -> Response:
        """Set and lift locks of a manifest."""
        digest = Digest.parse(request.path_params["digest"])
        wanted = await json_body(request, WantedAttributes)
        await self._services.locking.change(caller, name, digest, wanted.locks())
        return await self.manifest(request, caller, name)

    async def deleted(self, _request: Request) -> Response:
        """Refuse, whoever asks: nothing that was deleted is kept."""
        return error_answer(NothingDeletedKeptError())

    async def trust(self, request: Request, caller: Caller, name: str) -> Response:
        """Show the root keys of the trust data, to be compared over another way."""
        found = await self._services.roots.of_repository(caller, name)
        shown = [shapes.root(one) for one in found]
        return json_answer({**self._head(request, name), "roots": shown})

    def _route(self, method: str, path: str, answer: Answer) -> Route:
        @wraps(answer)
        async def endpoint(request: Request) -> Response:
            try:
                authorization = request.headers.get("authorization")
                raw = None if authorization is None else authorization.encode("latin-1")
                caller = await self._services.authenticator.caller(raw, address_of(request))
                name = references.repository_name(request.path_params["name"])
                return await answer(request, caller, name)
            except SealyardError as error:
                return self._refusal(request, error)

        return Route(path, endpoint, methods=[method])

    def _refusal(self, request: Request, error: SealyardError) -> Response:
        answer = error_answer(error)
        if isinstance(error, AccessError) and not isinstance(error, DeniedError):
            name = request.path_params["name"]
            scope = (
                f"repository:{name}:{_action(request)}"
                if references.is_repository_name(name)
                else ""
            )
            raw = RawRequest(request.scope, request.receive)
            field, value = self._challenges.header(raw, error, scope)
            answer.headers[field.decode()] = value.decode("latin-1")
        return answer

    def _head(self, request: Request, name: str) -> shapes.Shape:
        login_server = self._origins.login_server(request.headers.get("host"))
        return {"registry": login_server, "imageName": name}

    def _listed(
        self,
        request: Request,
        name: str,
        what: str,
        shown: Sequence[shapes.Shape],
        end: _End | None,
    ) -> Response:
        """Answer with a page; a full one links to the next (az reads the link's query only)."""
        headers, page = {}, _page(request)
        if end is not None and len(shown) >= page.limit:
            kept = {
                field: value
                for field, value in request.query_params.items()
                if field not in {"last", _LAST_TIME}
            }
            time = {_LAST_TIME: str(end.time)} if page.by_time else {}
            query = urlencode({**kept, "last": end.name, **time}, quote_via=quote)
            headers["link"] = f'</acr/v1/{name}/_{what}?{query}>; rel="next"'
        return json_answer({**self._head(request, name), what: shown}, headers=headers)


def _action(request: Request) -> str:
    """Return the action that whoever is turned away is to ask a token for."""
    if request.method == "DELETE":
        return "delete"
    if request.method == "PATCH":
        return "metadata_write,metadata_read"
    return "pull" if request.url.path.endswith(_TRUST) else "metadata_read"


def _page(request: Request) -> AttributePage:
    number = request.query_params.get("n", str(_DEFAULT_PAGE))
    if not number.isascii() or not number.isdecimal() or not int(number[:_MAX_DIGITS]) > 0:
        reason = "n is not a number of entries"
        raise InvalidBodyError(reason)
    order = request.query_params.get("orderby", "")
    if order not in _ORDERS:
        reason = "orderby is neither timeasc nor timedesc"
        raise InvalidBodyError(reason)
    limit = min(int(number[:_MAX_DIGITS]), _MAX_PAGE)
    time = request.query_params.get(_LAST_TIME, "")
    if not time.isascii() or (time and not time.isdecimal()) or len(time) > _MAX_TIME_DIGITS:
        reason = f"{_LAST_TIME} is not one that a link had"
        raise InvalidBodyError(reason)
    last = request.query_params.get("last", "")
    return AttributePage(limit, last, _ORDERS[order], int(time) if time else None)
