"""Service principals and their applications as Microsoft Graph has them.

Graph keeps an application (what may be given secrets) and its service principal (what may be given
roles) apart, with an object id each and one appId for both. Here the two are made and deleted
together: ``POST /applications`` makes both, and ``POST /servicePrincipals`` with its appId finds
the principal there. So az's four steps of ``ad sp create-for-rbac`` come out as they do in Azure.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from sealyard.access.actions import Action
from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.directory import shapes
from sealyard.api.directory.pages import SKIP, page, page_size
from sealyard.api.directory.principal_secrets import moment
from sealyard.api.directory.wire import graph_route, json_answer
from sealyard.api.odata import parse_filter, require_known, value_of
from sealyard.db.service_principals import ServicePrincipalFilter
from sealyard.errors import SealyardError
from sealyard.services.directory.principal_certificates import NewCertificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import Route

    from sealyard.access.caller import Caller
    from sealyard.api.directory.shapes import Shape
    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.db.service_principals import ServicePrincipal
    from sealyard.services.directory.principal_certificates import PrincipalCertificateService
    from sealyard.services.directory.principal_secrets import PrincipalSecretService
    from sealyard.services.directory.service_principals import ServicePrincipalService


class KeyCredential(msgspec.Struct, frozen=True):
    """A certificate. One with a ``key`` (base64 of DER) is new, one without is there already."""

    key: str | None = None
    keyId: str | None = None  # noqa: N815 (as on the wire)
    displayName: str | None = None  # noqa: N815 (as on the wire)
    endDateTime: str | None = None  # noqa: N815 (as on the wire)

    def wanted(self) -> NewCertificate:
        """Return the certificate that is to be added; raise ``InvalidBodyError``."""
        try:
            # az sends the lines of a PEM file without the first and the last one.
            raw = base64.b64decode("".join((self.key or "").split()), validate=True)
        except (binascii.Error, ValueError) as error:
            reason = "a key is not the base64 of a certificate"
            raise InvalidBodyError(reason) from error
        return NewCertificate(raw, self.displayName or "", moment(self.endDateTime))


class NewApplication(msgspec.Struct, frozen=True):
    """The body of ``POST /applications``."""

    displayName: str  # noqa: N815 (as on the wire)
    identifierUris: tuple[str, ...] = ()  # noqa: N815 (as on the wire)
    keyCredentials: tuple[KeyCredential, ...] = ()  # noqa: N815 (as on the wire)


class WantedPrincipal(msgspec.Struct, frozen=True):
    """The body of ``POST /servicePrincipals``."""

    appId: str  # noqa: N815 (as on the wire)


class ChangedPrincipal(msgspec.Struct, frozen=True):
    """The body of a PATCH; what is not there stays as it is."""

    displayName: str | None = None  # noqa: N815 (as on the wire)
    accountEnabled: bool | None = None  # noqa: N815 (as on the wire)
    servicePrincipalNames: tuple[str, ...] | None = None  # noqa: N815 (as on the wire)
    identifierUris: tuple[str, ...] | None = None  # noqa: N815 (as on the wire)
    keyCredentials: tuple[KeyCredential, ...] | None = None  # noqa: N815 (as on the wire)


class ServicePrincipals:
    """Shows and changes service principals."""

    def __init__(
        self,
        callers: ManagementCallers,
        principals: ServicePrincipalService,
        secrets: PrincipalSecretService,
        certificates: PrincipalCertificateService,
        origins: Origins,
    ) -> None:
        self._callers = callers
        self._principals = principals
        self._secrets = secrets
        self._certificates = certificates
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes."""
        found = [
            graph_route("POST", "/applications", self.create),
            graph_route("POST", "/servicePrincipals", self.find_by_app_id),
        ]
        for path in ("/servicePrincipals", "/applications"):
            found += [
                graph_route("GET", path, self.list_all),
                graph_route("GET", path + "/{principal}", self.show),
                graph_route("PATCH", path + "/{principal}", self.change),
                graph_route("DELETE", path + "/{principal}", self.delete),
            ]
        return found

    async def list_all(self, request: Request) -> Response:
        """List service principals, or applications, by object id."""
        caller = await self._callers.caller(request)
        wanted, size = _wanted(request), page_size(request)
        found = await self._principals.page(caller, wanted, size)
        last = found[-1].object_id if found else ""
        shape = _shape(request)
        shown = [shape(row) for row in found]
        return json_answer(page(request, self._origins, shown, size, last))

    async def show(self, request: Request) -> Response:
        """Show one; with what is known of its secrets, to who may read the directory."""
        caller = await self._callers.caller(request)
        row = await self._principals.show(caller, request.path_params["principal"])
        may_read = caller.may(Action.DIRECTORY_READ)
        secrets = await self._secrets.show(caller, row.object_id) if may_read else []
        keys = await self._certificates.show(caller, row.object_id) if may_read else []
        is_application = _shape(request) is shapes.application
        shape = shapes.application if is_application else shapes.service_principal
        return json_answer(shape(row, secrets, keys))

    async def create(self, request: Request) -> Response:
        """Make an application with its service principal."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, NewApplication)
        row = await self._principals.create(caller, wanted.displayName, names=wanted.identifierUris)
        if wanted.keyCredentials:
            try:
                await self._set_keys(caller, row.object_id, wanted.keyCredentials)
            except SealyardError:
                await self._principals.delete(caller, row.object_id)
                raise
        return json_answer(shapes.application(row), 201)

    async def find_by_app_id(self, request: Request) -> Response:
        """Show the service principal that was made with its application."""
        caller = await self._callers.caller(request)
        caller.require(Action.DIRECTORY_WRITE)
        wanted = await json_body(request, WantedPrincipal)
        row = await self._principals.show(caller, wanted.appId)
        return json_answer(shapes.service_principal(row), 201)

    async def change(self, request: Request) -> Response:
        """Change what the body names."""
        caller = await self._callers.caller(request)
        wanted = await json_body(request, ChangedPrincipal)
        row = await self._principals.show(caller, request.path_params["principal"])
        uris = wanted.servicePrincipalNames
        names = wanted.identifierUris if uris is None else uris
        if wanted.displayName is not None or names is not None:
            kept = None if names is None else [name for name in names if name != row.app_id]
            await self._principals.rename(
                caller, row.object_id, display_name=wanted.displayName, names=kept
            )
        if wanted.accountEnabled is not None:
            await self._principals.set_enabled(caller, row.object_id, enabled=wanted.accountEnabled)
        if wanted.keyCredentials is not None:
            await self._set_keys(caller, row.object_id, wanted.keyCredentials)
        return Response(status_code=204)

    async def _set_keys(
        self, caller: Caller, object_id: str, wanted: tuple[KeyCredential, ...]
    ) -> None:
        kept = [one.keyId for one in wanted if one.key is None and one.keyId is not None]
        added = [one.wanted() for one in wanted if one.key is not None]
        await self._certificates.set(caller, object_id, kept=kept, added=added)

    async def delete(self, request: Request) -> Response:
        """Delete both, the application and its service principal."""
        caller = await self._callers.caller(request)
        await self._principals.delete(caller, request.path_params["principal"])
        return Response(status_code=204)


def _shape(request: Request) -> Callable[[ServicePrincipal], Shape]:
    is_application = request.url.path.startswith("/v1.0/applications")
    return shapes.application if is_application else shapes.service_principal


def _wanted(request: Request) -> ServicePrincipalFilter:
    terms = parse_filter(request.query_params.get("$filter"))
    require_known(
        terms,
        ("servicePrincipalNames", "any"),
        ("identifierUris", "any"),
        ("appId", "eq"),
        ("displayName", "eq"),
        ("displayName", "startswith"),
    )
    name = value_of(terms, "servicePrincipalNames", "any") or value_of(
        terms, "identifierUris", "any"
    )
    return ServicePrincipalFilter(
        name=name,
        app_id=value_of(terms, "appId").lower(),
        display_name=value_of(terms, "displayName"),
        display_name_prefix=value_of(terms, "displayName", "startswith"),
        after=request.query_params.get(SKIP, ""),
    )
