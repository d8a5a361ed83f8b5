"""Paths of the Azure Resource Manager.

Their case is the client's choice (`resourcegroups`, `resourceGroups`; `MyRegistry` for
`myregistry`), so they are matched without regard to it. The ``api-version`` is not looked at: it
moves with every release of az and the bodies do not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from sealyard.api.management.shapes import RESOURCE_GROUP
from sealyard.api.management.wire import guarded
from sealyard.errors import DirectoryObjectUnknownError

if TYPE_CHECKING:
    from starlette.requests import Request

    from sealyard.api.management.wire import Endpoint
    from sealyard.db.registry import RegistryRecord

SUBSCRIPTION: Final = "/subscriptions/{subscription}"
GROUP: Final = SUBSCRIPTION + "/resourceGroups/{group}"
REGISTRY: Final = GROUP + "/providers/Microsoft.ContainerRegistry/registries/{registry}"
_MAX_SHOWN: Final = 64


def arm_route(method: str, path: str, endpoint: Endpoint) -> Route:
    """Make a route whose path matches in any case; errors are answered in ARM's shape."""
    route = Route(path, guarded(endpoint), methods=[method])
    route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return route


def require_known(request: Request, record: RegistryRecord) -> None:
    """Pass if every id in the path is ours; raise ``DirectoryObjectUnknownError`` otherwise."""
    known = {
        "subscription": record.subscription_id,
        "group": RESOURCE_GROUP,
        "registry": record.name,
    }
    words = {"group": "resource group"}
    for name, value in known.items():
        asked = request.path_params.get(name, value)
        if asked.lower() != value.lower():
            raise DirectoryObjectUnknownError(words.get(name, name), asked[:_MAX_SHOWN])
