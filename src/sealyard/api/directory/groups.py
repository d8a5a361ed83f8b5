"""Groups as Microsoft Graph has them: ``/v1.0/groups``, their members, and who is in which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from starlette.responses import Response

from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.directory import shapes
from sealyard.api.directory.pages import SKIP, page, page_size
from sealyard.api.directory.wire import graph_route, json_answer
from sealyard.api.odata import parse_filter, require_known, value_of
from sealyard.db.groups import GroupFilter
from sealyard.errors import ConflictError
from sealyard.services.directory.groups import NewGroup

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.services.directory.groups import GroupService

_MAX_GROUP_IDS: Final = 20  # of one question, Graph's own
_MAX_REFERENCE: Final = 1024


class WantedGroup(msgspec.Struct, frozen=True):
    """The body of a POST. Groups here are for roles: they have no mail box."""

    displayName: str  # noqa: N815 (as on the wire)
    mailNickname: str = ""  # noqa: N815 (as on the wire)
    description: str | None = None
    mailEnabled: bool = False  # noqa: N815 (as on the wire)
    securityEnabled: bool = True  # noqa: N815 (as on the wire)


class ChangedGroup(msgspec.Struct, frozen=True):
    """The body of a PATCH; what is not there stays as it is."""

    displayName: str | None = None  # noqa: N815 (as on the wire)
    description: str | None = None


class Reference(msgspec.Struct, frozen=True):
    """Who is to be a member: the address of its directory object."""

    id: Annotated[str, msgspec.Meta(max_length=_MAX_REFERENCE)] = msgspec.field(name="@odata.id")


class AskedGroups(msgspec.Struct, frozen=True):
    """The body of checkMemberGroups."""

    groupIds: Annotated[tuple[str, ...], msgspec.Meta(max_length=_MAX_GROUP_IDS)]  # noqa: N815 (as on the wire)


class Groups:
    """Shows and changes groups."""

    def __init__(self, callers: ManagementCallers, groups: GroupService, origins: Origins) -> None:
        self._callers = callers
        self._groups = groups
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes."""
        one = "/groups/{group}"
        found = [
            graph_route("GET", "/groups", self.list_all),
            graph_route("POST", "/groups", self.create),
            graph_route("GET", one, self.show),
            graph_route("PATCH", one, self.change),
            graph_route("DELETE", one, self.delete),
            graph_route("GET", one + "/members", self.members),
            graph_route("POST", one + "/members/$ref", self.add_member),
            graph_route("DELETE", one + "/members/{member}/$ref", self.remove_member),
            graph_route("GET", one + "/owners", self.owners),
            graph_route("POST", one + "/owners/$ref", self.change_owners),
            graph_route("DELETE", one + "/owners/{owner}/$ref", self.change_owners),
        ]
        for kind in ("users", "servicePrincipals", "groups", "directoryObjects"):
            path = f"/{kind}/{{member}}"
            found += [
                graph_route("POST", path + "/getMemberGroups", self.of_member),
                graph_route("POST", path + "/checkMemberGroups", self.within),
            ]
        return found

    async def list_all(self, request: Request) -> Response:
        """List groups by name."""
        caller = await self._callers.caller(request)
        terms = parse_filter(request.query_params.get("$filter"))
        require_known(
            terms, ("displayName", "eq"), ("displayName", "startswith"), ("mailNickname", "eq")
        )
        wanted = GroupFilter(
            display_name=value_of(terms, "displayName"),
            display_name_prefix=value_of(terms, "displayName", "startswith"),
            mail_nickname=value_of(terms, "mailNickname"),
            after=request.query_params.get(SKIP, ""),
        )
        size = page_size(request)
        found = await self._groups.page(caller, wanted, size)
        last = found[-1].display_name if found else ""
        shown = [shapes.group(row) for row in found]
        return json_answer(page(request, self._origins, shown, size, last))

    async def create(self, request: Request) -> Response:
        """Make a group without members."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, WantedGroup)
        if wanted.mailEnabled or not wanted.securityEnabled:
            reason = "groups are for roles: mailEnabled is false and securityEnabled is true"
            raise InvalidBodyError(reason)
        new = NewGroup(wanted.displayName, wanted.mailNickname, wanted.description or "")
        return json_answer(shapes.group(await self._groups.create(caller, new)), 201)

    async def show(self, request: Request) -> Response:
        """Show a group by name or object id."""
        caller = await self._callers.caller(request)
        return json_answer(
            shapes.group(await self._groups.show(caller, request.path_params["group"]))
        )

    async def change(self, request: Request) -> Response:
        """Change what the body names."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, ChangedGroup)
        await self._groups.change(
            caller,
            request.path_params["group"],
            display_name=wanted.displayName,
            description=wanted.description,
        )
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        """Delete a group with its roles."""
        caller = await self._callers.caller(request)
        await self._groups.delete(caller, request.path_params["group"])
        return Response(status_code=204)

    async def members(self, request: Request) -> Response:
        """List members by object id."""
        caller = await self._callers.caller(request)
        size, after = page_size(request), request.query_params.get(SKIP, "")
        found = await self._groups.members(caller, request.path_params["group"], size, after)
        last = found[-1].object_id if found else ""
        shown = [shapes.directory_object(row) for row in found]
        return json_answer(page(request, self._origins, shown, size, last))

    async def add_member(self, request: Request) -> Response:
        """Put a user or service principal into a group."""
        caller = await self._callers.caller(request)
        member = (await json_body(request, Reference)).id.rstrip("/").rpartition("/")[2]
        await self._groups.add_member(caller, request.path_params["group"], member)
        return Response(status_code=204)

    async def remove_member(self, request: Request) -> Response:
        """Take somebody out of a group."""
        caller = await self._callers.caller(request)
        path = request.path_params
        await self._groups.remove_member(caller, path["group"], path["member"])
        return Response(status_code=204)

    async def owners(self, request: Request) -> Response:
        """List nobody: groups have no owners of their own."""
        caller = await self._callers.caller(request)
        await self._groups.show(caller, request.path_params["group"])
        return json_answer({"value": []})

    async def change_owners(self, request: Request) -> Response:
        """Refuse: who owns a group would be able to grant its roles."""
        caller = await self._callers.caller(request)
        await self._groups.show(caller, request.path_params["group"])
        message = "groups have no owners of their own here: the registry's Owners change them"
        raise ConflictError(message)

    async def of_member(self, request: Request) -> Response:
        """Tell the object ids of the groups that somebody is in."""
        caller = await self._callers.caller(request)
        found = await self._groups.of_member(caller, request.path_params["member"])
        return json_answer({"value": [row.object_id for row in found]})

    async def within(self, request: Request) -> Response:
        """Tell which of some groups somebody is in."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, AskedGroups)
        member = request.path_params["member"]
        return json_answer({"value": await self._groups.within(caller, member, wanted.groupIds)})
