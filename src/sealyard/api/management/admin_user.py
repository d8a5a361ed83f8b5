"""The admin user's credentials, shown and renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sealyard.api.bodies import json_body
from sealyard.api.management import token_shapes as shapes
from sealyard.api.management.paths import REGISTRY, arm_route
from sealyard.api.management.wire import json_answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.management.registry_children import RegistryChildren
    from sealyard.services.directory.admin_user import AdminUserService


class RenewedPassword(msgspec.Struct, frozen=True):
    """The body of regenerateCredential."""

    name: str


class AdminUserCredentials:
    """Shows and renews the admin user's passwords."""

    def __init__(self, children: RegistryChildren, service: AdminUserService) -> None:
        self._children = children
        self._service = service

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            arm_route("POST", REGISTRY + "/listCredentials", self.show),
            arm_route("POST", REGISTRY + "/regenerateCredential", self.renew),
        ]

    async def show(self, request: Request) -> Response:
        """Show them; who did is recorded."""
        caller, _ = await self._children.asked(request)
        return json_answer(shapes.admin_credentials(await self._service.credentials(caller)))

    async def renew(self, request: Request) -> Response:
        """Replace one, and show both."""
        caller, _ = await self._children.asked(request)
        name = (await json_body(request, RenewedPassword)).name
        return json_answer(shapes.admin_credentials(await self._service.renew(caller, name)))
