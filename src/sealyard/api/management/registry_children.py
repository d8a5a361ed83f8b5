"""What hangs below the registry in the Azure Resource Manager: asked by name, listed in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sealyard.access.errors import InvalidScopeError
from sealyard.api.management.paths import require_known
from sealyard.api.management.wire import json_answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from sealyard.access.caller import Caller
    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.db.registry import RegistryRecord
    from sealyard.services.policy.properties import RegistryProperties

PAGE: Final = 200
_SKIP: Final = "$skiptoken"
_MAX_NAME: Final = 64


class RegistryChildren:
    """What the endpoints of such resources share."""

    def __init__(
        self, callers: ManagementCallers, properties: RegistryProperties, origins: Origins
    ) -> None:
        self._callers = callers
        self._properties = properties
        self._origins = origins

    async def asked(self, request: Request) -> tuple[Caller, RegistryRecord]:
        """Return who asks, and the registry, once the path is known to be about it."""
        caller = await self._callers.caller(request)
        record = await self._properties.record()
        require_known(request, record)
        return caller, record

    def page(self, request: Request, shown: Sequence[Any], count: int, last: str) -> Response:
        """Answer a page; ``count`` of it were found, the last of which is called ``last``."""
        content: dict[str, object] = {"value": shown}
        if count >= PAGE:
            origin = self._origins.url(request.headers.get("host"))
            content["nextLink"] = f"{origin}{request.url.path}?{_SKIP}={quote(last)}"
        return json_answer(content)


def after(request: Request) -> str:
    """Return the name after which a page begins."""
    return request.query_params.get(_SKIP, "")[:_MAX_NAME]


def child_name(resource_id: str, record: RegistryRecord, kind: str) -> str:
    """Return the last segment of the id of a resource of this registry.

    Raise ``InvalidScopeError`` for anything else.
    """
    start = f"{record.resource_id}/{kind}/"
    name = resource_id[len(start) :]
    if not resource_id.lower().startswith(start.lower()) or not name or "/" in name:
        raise InvalidScopeError(resource_id[:256], f"it has to look like {start}<name>")
    return name
