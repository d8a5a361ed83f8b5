"""Users as Microsoft Graph has them: ``/v1.0/users`` and ``/v1.0/me``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from sealyard.access.principals import PrincipalKind
from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.directory import shapes
from sealyard.api.directory.pages import SKIP, page, page_size
from sealyard.api.directory.wire import graph_route, json_answer
from sealyard.api.odata import parse_filter, require_known, value_of
from sealyard.db.users import UserFilter

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.access.caller import Caller
    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.services.directory.users import UserService


class PasswordProfile(msgspec.Struct, frozen=True):
    """A user's password; without one it is made up and returned once."""

    password: str | None = None


class NewUser(msgspec.Struct, frozen=True):
    """The body of a POST."""

    userPrincipalName: str  # noqa: N815 (as on the wire)
    displayName: str = ""  # noqa: N815 (as on the wire)
    accountEnabled: bool = True  # noqa: N815 (as on the wire)
    passwordProfile: PasswordProfile | None = None  # noqa: N815 (as on the wire)


class ChangedUser(msgspec.Struct, frozen=True):
    """The body of a PATCH; what is not there stays as it is."""

    displayName: str | None = None  # noqa: N815 (as on the wire)
    accountEnabled: bool | None = None  # noqa: N815 (as on the wire)
    passwordProfile: PasswordProfile | None = None  # noqa: N815 (as on the wire)


class Users:
    """Shows and changes users."""

    def __init__(self, callers: ManagementCallers, users: UserService, origins: Origins) -> None:
        self._callers = callers
        self._users = users
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            graph_route("GET", "/me", self.me),
            graph_route("POST", "/me/revokeSignInSessions", self.end_own_sign_ins),
            graph_route("GET", "/users", self.list_all),
            graph_route("POST", "/users", self.create),
            graph_route("GET", "/users/{user}", self.show),
            graph_route("PATCH", "/users/{user}", self.change),
            graph_route("DELETE", "/users/{user}", self.delete),
            graph_route("POST", "/users/{user}/revokeSignInSessions", self.end_sign_ins),
        ]

    async def me(self, request: Request) -> Response:
        """Show the user who asks; a service principal has no ``/me`` (as in Graph)."""
        caller = await self._callers.caller(request)
        _require_user(caller)
        row = await self._users.show(caller, caller.principal.object_id)
        return json_answer(shapes.user(row))

    async def list_all(self, request: Request) -> Response:
        """List users by name."""
        caller = await self._callers.caller(request)
        terms = parse_filter(request.query_params.get("$filter"))
        require_known(
            terms,
            ("userPrincipalName", "eq"),
            ("displayName", "eq"),
            ("displayName", "startswith"),
        )
        wanted = UserFilter(
            user_principal_name=value_of(terms, "userPrincipalName").lower(),
            display_name=value_of(terms, "displayName"),
            display_name_prefix=value_of(terms, "displayName", "startswith"),
            after=request.query_params.get(SKIP, ""),
        )
        size = page_size(request)
        found = await self._users.page(caller, wanted, size)
        last = found[-1].user_principal_name if found else ""
        shown = [shapes.user(row) for row in found]
        return json_answer(page(request, self._origins, shown, size, last))

    async def create(self, request: Request) -> Response:
        """Make a user; a password that was made up is in this answer and nowhere else."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, NewUser)
        profile = wanted.passwordProfile or PasswordProfile()
        made = await self._users.create(
            caller,
            wanted.userPrincipalName,
            display_name=wanted.displayName,
            password=profile.password,
            enabled=wanted.accountEnabled,
        )
        shown = shapes.user(made.user)
        if made.password is not None:
            shown["passwordProfile"] = {"password": made.password}
        return json_answer(shown, 201)

    async def show(self, request: Request) -> Response:
        """Show a user by name, short name or object id."""
        caller = await self._callers.caller(request)
        row = await self._users.show(caller, request.path_params["user"])
        return json_answer(shapes.user(row))

    async def change(self, request: Request) -> Response:
        """Change what the body names."""
        caller = await self._callers.caller(request)
        user = request.path_params["user"]
        wanted = await json_body(request, ChangedUser)
        made_up = None
        if wanted.displayName is not None:
            await self._users.set_display_name(caller, user, wanted.displayName)
        if wanted.passwordProfile is not None:
            made_up = await self._users.set_password(caller, user, wanted.passwordProfile.password)
        if wanted.accountEnabled is not None:
            await self._users.set_enabled(caller, user, enabled=wanted.accountEnabled)
        if made_up is not None:
            return json_answer({"passwordProfile": {"password": made_up}})
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        """Delete a user."""
        caller = await self._callers.caller(request)
        await self._users.delete(caller, request.path_params["user"])
        return Response(status_code=204)

    async def end_own_sign_ins(self, request: Request) -> Response:
        """Sign the user who asks out everywhere, here too."""
        caller = await self._callers.caller(request)
        _require_user(caller)
        await self._users.end_sign_ins(caller, caller.principal.object_id)
        return json_answer({"value": True})

    async def end_sign_ins(self, request: Request) -> Response:
        """Sign a user out everywhere."""
        caller = await self._callers.caller(request)
        await self._users.end_sign_ins(caller, request.path_params["user"])
        return json_answer({"value": True})


def _require_user(caller: Caller) -> None:
    if caller.principal.kind is not PrincipalKind.USER:
        reason = "/me is for users; a service principal asks for /servicePrincipals/<id>"
        raise InvalidBodyError(reason)
