"""Tokens as resources of the registry, and their passwords.

A password is in the answer to ``generateCredentials`` and nowhere else. A PATCH that names
``credentials.passwords`` keeps those and deletes the others, as az's `credential delete` has it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from starlette.responses import Response

from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.management import token_shapes as shapes
from sealyard.api.management.paths import REGISTRY, arm_route
from sealyard.api.management.registry_children import PAGE, after, child_name
from sealyard.api.management.wire import json_answer
from sealyard.services.directory.scoped_tokens import PASSWORD_NAMES, TokenChange

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.api.management.registry_children import RegistryChildren
    from sealyard.db.registry import RegistryRecord
    from sealyard.services.directory.scoped_tokens import ScopedTokenService

_ALL: Final = f"{REGISTRY}/{shapes.TOKENS}"
_ONE: Final = _ALL + "/{name}"
_STATUS: Final = {"enabled": True, "disabled": False}


class NamedPassword(msgspec.Struct, frozen=True):
    """A password that is to stay."""

    name: str


class WantedCredentials(msgspec.Struct, frozen=True):
    """The passwords that are to stay; certificates there are none."""

    passwords: Annotated[list[NamedPassword], msgspec.Meta(max_length=8)] | None = None
    certificates: list[Any] | None = None


class WantedToken(msgspec.Struct, frozen=True):
    """What a token is to be; what is not there stays as it is."""

    scopeMapId: str | None = None  # noqa: N815 (as on the wire)
    status: str | None = None
    credentials: WantedCredentials | None = None

    def change(self, record: RegistryRecord) -> TokenChange:
        """Read it; raise ``InvalidBodyError`` or ``InvalidScopeError``."""
        scope_map, kept = None, None
        if self.scopeMapId is not None:
            scope_map = child_name(self.scopeMapId, record, shapes.SCOPE_MAPS)
        if self.credentials is not None:
            if self.credentials.certificates:
                reason = "a token signs in with a password; certificates are not taken"
                raise InvalidBodyError(reason)
            if self.credentials.passwords is not None:
                kept = frozenset(one.name for one in self.credentials.passwords)
        return TokenChange(scope_map, self._enabled(), kept)

    def _enabled(self) -> bool | None:
        if self.status is None:
            return None
        if self.status.lower() not in _STATUS:
            reason = "the status is neither enabled nor disabled"
            raise InvalidBodyError(reason)
        return _STATUS[self.status.lower()]


class WantedTokenBody(msgspec.Struct, frozen=True):
    """The body of a PUT or PATCH."""

    properties: WantedToken = WantedToken()


class WantedPasswords(msgspec.Struct, frozen=True):
    """The body of generateCredentials; without a name it is both passwords."""

    tokenId: str  # noqa: N815 (as on the wire)
    name: str | None = None
    expiry: datetime | None = None

    def end(self) -> datetime | None:
        """Return when they end, in UTC."""
        naive = self.expiry is not None and self.expiry.tzinfo is None
        return self.expiry.replace(tzinfo=UTC) if self.expiry and naive else self.expiry


class ScopedTokens:
    """Shows and changes tokens, and makes their passwords."""

    def __init__(self, children: RegistryChildren, service: ScopedTokenService) -> None:
        self._children = children
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            arm_route("GET", _ALL, self.list_all),
            arm_route("GET", _ONE, self.show),
            arm_route("PUT", _ONE, self.put),
            arm_route("PATCH", _ONE, self.change),
            arm_route("DELETE", _ONE, self.delete),
            arm_route("POST", REGISTRY + "/generateCredentials", self.generate),
        ]

    async def list_all(self, request: Request) -> Response:
        """List a page of them."""
        caller, record = await self._children.asked(request)
        found = await self._service.page(caller, after(request), PAGE)
        shown = [shapes.token(record, one) for one in found]
        last = found[-1].token.name if found else ""
        return self._children.page(request, shown, len(found), last)

    async def show(self, request: Request) -> Response:
        """Show one."""
        caller, record = await self._children.asked(request)
        found = await self._service.show(caller, request.path_params["name"])
        return json_answer(shapes.token(record, found))

    async def put(self, request: Request) -> Response:
        """Make one, without passwords, or change the one there is."""
        caller, record = await self._children.asked(request)
        wanted = (await json_body(request, WantedTokenBody)).properties.change(record)
        if wanted.scope_map is None:
            reason = "a token needs a scopeMapId"
            raise InvalidBodyError(reason)
        found, is_new = await self._service.put(
            caller,
            request.path_params["name"],
            wanted.scope_map,
            enabled=wanted.enabled is not False,
        )
        return json_answer(shapes.token(record, found), 201 if is_new else 200)

    async def change(self, request: Request) -> Response:
        """Change what the body names."""
        caller, record = await self._children.asked(request)
        wanted = (await json_body(request, WantedTokenBody)).properties.change(record)
        found = await self._service.change(caller, request.path_params["name"], wanted)
        return json_answer(shapes.token(record, found))

    async def delete(self, request: Request) -> Response:
        """Delete one."""
        caller, _ = await self._children.asked(request)
        await self._service.delete(caller, request.path_params["name"])
        return Response(status_code=200)

    async def generate(self, request: Request) -> Response:
        """Make one password, or both, and show them this once."""
        caller, record = await self._children.asked(request)
        wanted = await json_body(request, WantedPasswords)
        name = child_name(wanted.tokenId, record, shapes.TOKENS)
        which = PASSWORD_NAMES if wanted.name is None else (wanted.name,)
        token, made = await self._service.generate(caller, name, which, wanted.end())
        return json_answer(shapes.generated(token.name, made))
