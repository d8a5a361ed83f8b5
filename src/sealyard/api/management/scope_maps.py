"""Scope maps as resources of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from starlette.responses import Response

from sealyard.access.scope_maps import MAX_ACTIONS
from sealyard.api.bodies import json_body
from sealyard.api.management import token_shapes as shapes
from sealyard.api.management.paths import REGISTRY, arm_route
from sealyard.api.management.registry_children import PAGE, after
from sealyard.api.management.wire import json_answer
from sealyard.services.directory.scope_maps import is_system_map

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.api.management.registry_children import RegistryChildren
    from sealyard.services.directory.scope_maps import ScopeMapService

_ALL: Final = f"{REGISTRY}/{shapes.SCOPE_MAPS}"
_ONE: Final = _ALL + "/{name}"

# az sends each word of a command line: a list longer than this is no mistake of a person.
Actions = Annotated[list[str], msgspec.Meta(max_length=2 * MAX_ACTIONS)]


class WantedMap(msgspec.Struct, frozen=True):
    """What a new map is to be."""

    actions: Actions
    description: str | None = None


class WantedMapBody(msgspec.Struct, frozen=True):
    """The body of a PUT."""

    properties: WantedMap


class ChangedMap(msgspec.Struct, frozen=True):
    """What is to change of a map."""

    actions: Actions | None = None
    description: str | None = None


class ChangedMapBody(msgspec.Struct, frozen=True):
    """The body of a PATCH."""

    properties: ChangedMap = ChangedMap()


class ScopeMaps:
    """Shows and changes scope maps."""

    def __init__(self, children: RegistryChildren, service: ScopeMapService) -> None:
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
        ]

    async def list_all(self, request: Request) -> Response:
        """List a page of them, the system's first."""
        caller, record = await self._children.asked(request)
        found = await self._service.page(caller, after(request), PAGE)
        shown = [shapes.scope_map(record, one) for one in found]
        count = sum(not is_system_map(one.name) for one in found)
        return self._children.page(request, shown, count, found[-1].name if found else "")

    async def show(self, request: Request) -> Response:
        """Show one."""
        caller, record = await self._children.asked(request)
        found = await self._service.show(caller, request.path_params["name"])
        return json_answer(shapes.scope_map(record, found))

    async def put(self, request: Request) -> Response:
        """Make one, or give the one there is these actions."""
        caller, record = await self._children.asked(request)
        wanted = (await json_body(request, WantedMapBody)).properties
        found, is_new = await self._service.put(
            caller, request.path_params["name"], wanted.description or "", wanted.actions
        )
        return json_answer(shapes.scope_map(record, found), 201 if is_new else 200)

    async def change(self, request: Request) -> Response:
        """Change what the body names."""
        caller, record = await self._children.asked(request)
        wanted = (await json_body(request, ChangedMapBody)).properties
        found = await self._service.change(
            caller,
            request.path_params["name"],
            description=wanted.description,
            actions=wanted.actions,
        )
        return json_answer(shapes.scope_map(record, found))

    async def delete(self, request: Request) -> Response:
        """Delete one that no token uses."""
        caller, _ = await self._children.asked(request)
        await self._service.delete(caller, request.path_params["name"])
        return Response(status_code=200)
