"""``/v1.0/directoryObjects/getByIds``: what ids stand for, whatever kind of object they name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import msgspec

from sealyard.api.bodies import json_body
from sealyard.api.directory import shapes
from sealyard.api.directory.wire import graph_route, json_answer
from sealyard.errors import DirectoryObjectUnknownError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.access.caller import Caller
    from sealyard.api.directory.shapes import Shape
    from sealyard.api.management_callers import ManagementCallers
    from sealyard.services.directory.groups import GroupService
    from sealyard.services.directory.service_principals import ServicePrincipalService
    from sealyard.services.directory.users import UserService

_MAX_IDS = 1000  # Graph's own


class WantedObjects(msgspec.Struct, frozen=True):
    """The ids, and the kinds that are asked for (all of them where none is named)."""

    ids: Annotated[tuple[str, ...], msgspec.Meta(max_length=_MAX_IDS)]
    types: tuple[str, ...] = ()

    def asks_for(self, kind: str) -> bool:
        """Tell whether objects of that kind are asked for."""
        return not self.types or kind in {name.lower() for name in self.types}


class DirectoryObjects:
    """Finds users, service principals and groups by object id."""

    def __init__(
        self,
        callers: ManagementCallers,
        users: UserService,
        principals: ServicePrincipalService,
        groups: GroupService,
    ) -> None:
        self._callers = callers
        self._users = users
        self._principals = principals
        self._groups = groups

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [graph_route("POST", "/directoryObjects/getByIds", self.by_ids)]

    async def by_ids(self, request: Request) -> Response:
        """Answer with those there are; the others are passed over, as Graph does."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, WantedObjects)
        found = [await self._find(caller, wanted, one) for one in dict.fromkeys(wanted.ids)]
        return json_answer({"value": [shown for shown in found if shown is not None]})

    async def _find(self, caller: Caller, wanted: WantedObjects, object_id: str) -> Shape | None:
        if wanted.asks_for("user"):
            with suppress(DirectoryObjectUnknownError):
                return shapes.directory_object(await self._users.show(caller, object_id))
        if wanted.asks_for("serviceprincipal"):
            with suppress(DirectoryObjectUnknownError):
                return shapes.directory_object(await self._principals.show(caller, object_id))
        if wanted.asks_for("group"):
            with suppress(DirectoryObjectUnknownError):
                return shapes.directory_object(await self._groups.show(caller, object_id))
        return None
