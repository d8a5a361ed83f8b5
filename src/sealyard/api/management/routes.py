"""The routes of the management door, out of the services that stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.api.management.activity import ActivityLog
from sealyard.api.management.admin_user import AdminUserCredentials
from sealyard.api.management.clouds import Clouds
from sealyard.api.management.paths import arm_route
from sealyard.api.management.registries import Registries, RegistryParts
from sealyard.api.management.registry_children import RegistryChildren
from sealyard.api.management.roles import Roles
from sealyard.api.management.scope_maps import ScopeMaps
from sealyard.api.management.scoped_tokens import ScopedTokens
from sealyard.api.management.subscriptions import Subscriptions
from sealyard.errors import DirectoryObjectUnknownError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.services.directory.admin_user import AdminUserService
    from sealyard.services.directory.role_assignments import RoleAssignmentService
    from sealyard.services.directory.scope_maps import ScopeMapService
    from sealyard.services.directory.scoped_tokens import ScopedTokenService
    from sealyard.services.operations.activity import ActivityService
    from sealyard.services.policy.anonymous_pull import AnonymousPullService
    from sealyard.services.policy.content_trust import ContentTrustService
    from sealyard.services.policy.properties import RegistryProperties
    from sealyard.services.policy.resource_tags import ResourceTags

_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class ManagementServices:
    """What stands behind the door."""

    properties: RegistryProperties
    content_trust: ContentTrustService
    role_assignments: RoleAssignmentService
    activity: ActivityService
    resource_tags: ResourceTags
    scope_maps: ScopeMapService
    scoped_tokens: ScopedTokenService
    admin_user: AdminUserService
    anonymous_pull: AnonymousPullService


def routes(
    services: ManagementServices, callers: ManagementCallers, origins: Origins
) -> list[Route]:
    """Make the routes. ``callers`` is shared with the directory door."""
    properties = services.properties
    children = RegistryChildren(callers, properties, origins)
    parts = RegistryParts(
        services.content_trust,
        services.resource_tags,
        services.admin_user,
        services.anonymous_pull,
    )
    return [
        *Clouds(properties, origins).routes(),
        *Roles(callers, properties, services.role_assignments).routes(),
        *Registries(callers, properties, parts, origins).routes(),
        *ScopeMaps(children, services.scope_maps).routes(),
        *ScopedTokens(children, services.scoped_tokens).routes(),
        *AdminUserCredentials(children, services.admin_user).routes(),
        *ActivityLog(callers, properties, services.activity, origins).routes(),
        *Subscriptions(callers, properties).routes(),
        *(arm_route(method, "/subscriptions/{rest:path}", _unknown) for method in _METHODS),
    ]


async def _unknown(request: Request) -> Response:
    """Refuse in the shape that az can print."""
    kind = "resource"
    raise DirectoryObjectUnknownError(kind, request.url.path[:256])
