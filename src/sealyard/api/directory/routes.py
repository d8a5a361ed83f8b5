"""The routes of the directory door, out of the services that stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.api.directory.groups import Groups
from sealyard.api.directory.objects import DirectoryObjects
from sealyard.api.directory.own_password import OwnPassword
from sealyard.api.directory.principal_secrets import PrincipalSecrets
from sealyard.api.directory.principals import ServicePrincipals
from sealyard.api.directory.sign_in import SignInDoor
from sealyard.api.directory.sign_in_pages import SignInPages
from sealyard.api.directory.users import Users
from sealyard.api.directory.wire import graph_route
from sealyard.errors import DirectoryObjectUnknownError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.services.directory.groups import GroupService
    from sealyard.services.directory.management_sign_in import ManagementSignIn
    from sealyard.services.directory.own_password import OwnPasswordService
    from sealyard.services.directory.principal_certificates import PrincipalCertificateService
    from sealyard.services.directory.principal_secrets import PrincipalSecretService
    from sealyard.services.directory.rbac import RbacService
    from sealyard.services.directory.service_principals import ServicePrincipalService
    from sealyard.services.directory.users import UserService
    from sealyard.services.policy.properties import RegistryProperties

_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class DirectoryServices:
    """What stands behind the door."""

    properties: RegistryProperties
    sign_in: ManagementSignIn
    users: UserService
    service_principals: ServicePrincipalService
    principal_secrets: PrincipalSecretService
    certificates: PrincipalCertificateService
    rbac: RbacService
    groups: GroupService
    own_passwords: OwnPasswordService


def routes(
    services: DirectoryServices, callers: ManagementCallers, origins: Origins
) -> list[Route]:
    """Make the routes. ``callers`` is shared with the management door."""
    principals, secrets = services.service_principals, services.principal_secrets
    door = SignInDoor(services.sign_in, services.properties, origins)
    return [
        *door.routes(),
        *SignInPages(services.sign_in, services.properties, door).routes(),
        *Users(callers, services.users, origins).routes(),
        *OwnPassword(callers, services.own_passwords).routes(),
        *PrincipalSecrets(callers, secrets, services.rbac, services.properties).routes(),
        *ServicePrincipals(callers, principals, secrets, services.certificates, origins).routes(),
        *Groups(callers, services.groups, origins).routes(),
        *DirectoryObjects(callers, services.users, principals, services.groups).routes(),
        *(graph_route(method, "/{rest:path}", _unknown) for method in _METHODS),
    ]


async def _unknown(request: Request) -> Response:
    """Refuse in the shape that az can print."""
    kind = "directory resource"
    raise DirectoryObjectUnknownError(kind, request.url.path[:256])
