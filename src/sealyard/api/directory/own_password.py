"""One's own password, as Microsoft Graph has it: ``POST /v1.0/me/changePassword``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from sealyard.api.bodies import json_body
from sealyard.api.directory.wire import graph_route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.services.directory.own_password import OwnPasswordService


class ChangedPassword(msgspec.Struct, frozen=True):
    """The body of the POST."""

    currentPassword: str  # noqa: N815 (as on the wire)
    newPassword: str  # noqa: N815 (as on the wire)


class OwnPassword:
    """Lets the user who asks choose another password."""

    def __init__(self, callers: ManagementCallers, passwords: OwnPasswordService) -> None:
        self._callers = callers
        self._passwords = passwords

    def routes(self) -> list[Route]:
        """Return the route."""
        return [graph_route("POST", "/me/changePassword", self.change)]

    async def change(self, request: Request) -> Response:
        """Change the password; every sign-in of the user ends with it."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, ChangedPassword)
        await self._passwords.change(caller, wanted.currentPassword, wanted.newPassword)
        return Response(status_code=204)
