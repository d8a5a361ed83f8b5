"""Secrets of service principals over Microsoft Graph, and az's two commands in one request each.

Graph's own actions add and remove one secret. What `az ad sp create-for-rbac` and `az ad sp
credential reset` do in several requests, of which the last may fail, our own client asks for in
one: ``sealyard.createForRbac`` and ``sealyard.resetPassword``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from sealyard.access.assignments import AssignmentScope
from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.directory import shapes
from sealyard.api.directory.wire import graph_route, json_answer
from sealyard.services.directory.principal_secrets import NewSecret

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.services.directory.principal_secrets import PrincipalSecretService
    from sealyard.services.directory.rbac import RbacService
    from sealyard.services.policy.properties import RegistryProperties


class PasswordCredential(msgspec.Struct, frozen=True):
    """A secret that is wanted; its text is always made here."""

    displayName: str | None = None  # noqa: N815 (as on the wire)
    endDateTime: str | None = None  # noqa: N815 (as on the wire)

    def wanted(self) -> NewSecret:
        """Return it as a value; raise ``InvalidBodyError``."""
        return NewSecret(self.displayName or "", moment(self.endDateTime))


class AddedPassword(msgspec.Struct, frozen=True):
    """The body of addPassword and resetPassword."""

    passwordCredential: PasswordCredential | None = None  # noqa: N815 (as on the wire)

    def wanted(self) -> NewSecret:
        """Return the secret that is wanted; raise ``InvalidBodyError``."""
        return (self.passwordCredential or PasswordCredential()).wanted()


class RemovedPassword(msgspec.Struct, frozen=True):
    """The body of removePassword."""

    keyId: str  # noqa: N815 (as on the wire)


class WantedForRbac(msgspec.Struct, frozen=True):
    """The body of createForRbac."""

    displayName: str  # noqa: N815 (as on the wire)
    role: str | None = None
    scopes: tuple[str, ...] = ()
    passwordCredential: PasswordCredential | None = None  # noqa: N815 (as on the wire)


class PrincipalSecrets:
    """Adds, replaces and removes secrets."""

    def __init__(
        self,
        callers: ManagementCallers,
        secrets: PrincipalSecretService,
        rbac: RbacService,
        properties: RegistryProperties,
    ) -> None:
        self._callers = callers
        self._secrets = secrets
        self._rbac = rbac
        self._properties = properties

    def routes(self) -> list[Route]:
        """Return the routes."""
        rbac = "/servicePrincipals/sealyard.createForRbac"
        found = [graph_route("POST", rbac, self.create_for_rbac)]
        for path in ("/servicePrincipals/{principal}", "/applications/{principal}"):
            found += [
                graph_route("POST", path + "/addPassword", self.add),
                graph_route("POST", path + "/removePassword", self.remove),
                graph_route("POST", path + "/sealyard.resetPassword", self.reset),
            ]
        return found

    async def add(self, request: Request) -> Response:
        """Add a secret and show it, this once."""
        caller = await self._callers.caller(request)
        wanted = (await json_body(request, AddedPassword)).wanted()
        made = await self._secrets.add(caller, request.path_params["principal"], wanted)
        return json_answer(shapes.created_secret(made))

    async def remove(self, request: Request) -> Response:
        """Remove a secret."""
        caller = await self._callers.caller(request)
        key_id = (await json_body(request, RemovedPassword)).keyId
        await self._secrets.remove(caller, request.path_params["principal"], key_id)
        return Response(status_code=204)

    async def reset(self, request: Request) -> Response:
        """Replace all secrets by a new one and show it, this once."""
        caller = await self._callers.caller(request)
        wanted = (await json_body(request, AddedPassword)).wanted()
        made = await self._secrets.reset(caller, request.path_params["principal"], wanted)
        shown = shapes.created_secret(made)
        return json_answer({**shown, "appId": made.principal.app_id})

    async def create_for_rbac(self, request: Request) -> Response:
        """Make a service principal with a secret and roles, all or nothing."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, WantedForRbac)
        record = await self._properties.record()
        if (wanted.role is None) != (not wanted.scopes):
            reason = "role and scopes belong together"
            raise InvalidBodyError(reason)
        made = await self._rbac.create_for_rbac(
            caller,
            wanted.displayName,
            role=wanted.role,
            scopes=[AssignmentScope.parse(scope, record.resource_id) for scope in wanted.scopes],
            secret=(wanted.passwordCredential or PasswordCredential("rbac")).wanted(),
        )
        principal = shapes.service_principal(made.secret.principal, [made.secret.credential])
        content = {
            "servicePrincipal": principal,
            "passwordCredential": shapes.created_secret(made.secret),
            "tenantId": record.tenant_id,
        }
        return json_answer(content, 201)


def moment(text: str | None) -> datetime | None:
    """Read an instant as Graph writes it; raise ``InvalidBodyError``."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        reason = f"endDateTime {text[:64]!r} is not a time such as 2027-01-31T12:00:00Z"
        raise InvalidBodyError(reason) from error
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
