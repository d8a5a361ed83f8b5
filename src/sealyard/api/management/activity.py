"""The activity log in the shape of Azure Monitor's (`az monitor activity-log list`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sealyard.access.assignments import AssignmentScope
from sealyard.api.bodies import InvalidBodyError
from sealyard.api.management import shapes
from sealyard.api.management.paths import SUBSCRIPTION, arm_route, require_known
from sealyard.api.management.wire import json_answer
from sealyard.api.odata import parse_filter, value_of
from sealyard.api.odata import require_known as require_known_terms
from sealyard.db.activity import ActivityFilter
from sealyard.services.operations.activity import MAX_PAGE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.odata import Comparison
    from sealyard.api.origins import Origins
    from sealyard.db.registry import RegistryRecord
    from sealyard.services.operations.activity import ActivityService
    from sealyard.services.policy.properties import RegistryProperties

_EVENTS: Final = "/providers/Microsoft.Insights/eventtypes/management/values"
_KNOWN: Final = (
    ("eventTimestamp", "ge"),
    ("eventTimestamp", "le"),
    ("caller", "eq"),
    ("operationName", "eq"),
    ("resourceUri", "eq"),
    ("resourceGroupName", "eq"),
    ("eventChannels", "eq"),
)
_DEFAULT_PAGE: Final = 100
_SKIP: Final = "$skiptoken"
_MAX_DIGITS: Final = 18


class ActivityLog:
    """Shows the log, newest first, in pages."""

    def __init__(
        self,
        callers: ManagementCallers,
        properties: RegistryProperties,
        activity: ActivityService,
        origins: Origins,
    ) -> None:
        self._callers = callers
        self._properties = properties
        self._activity = activity
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [arm_route("GET", SUBSCRIPTION + _EVENTS, self.events)]

    async def events(self, request: Request) -> Response:
        """List a page of events; ``operationName`` is matched by its beginning (``trust``)."""
        caller = await self._callers.caller(request)
        record = await self._properties.record()
        require_known(request, record)
        wanted = _wanted(request, record)
        top = min(_number(request, "$top") or _DEFAULT_PAGE, MAX_PAGE)
        found = await self._activity.page(caller, wanted, top)
        content: dict[str, object] = {"value": [shapes.event(record, entry) for entry in found]}
        if found and len(found) >= top:
            content["nextLink"] = self._next(request, found[-1].id)
        return json_answer(content)

    def _next(self, request: Request, last: int) -> str:
        kept = [(name, value) for name, value in request.query_params.items() if name != _SKIP]
        query = urlencode([*kept, (_SKIP, str(last))])
        return f"{self._origins.url(request.headers.get('host'))}{request.url.path}?{query}"


def _wanted(request: Request, record: RegistryRecord) -> ActivityFilter:
    terms = parse_filter(request.query_params.get("$filter"))
    require_known_terms(terms, *_KNOWN)
    wanted = ActivityFilter(
        actor=value_of(terms, "caller"),
        kind=value_of(terms, "operationName"),
        since=_moment(terms, "ge"),
        until=_moment(terms, "le"),
        before_id=_number(request, _SKIP),
    )
    resource = value_of(terms, "resourceUri")
    if resource:
        scope = AssignmentScope.parse(resource, record.resource_id)
        wanted = replace(wanted, repository=scope.repository or "")
    return wanted


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS or int(text) == 0:
        reason = f"{name} is not a number above zero"
        raise InvalidBodyError(reason)
    return int(text)


def _moment(terms: tuple[Comparison, ...], operator: str) -> datetime | None:
    text = value_of(terms, "eventTimestamp", operator)
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        reason = f"eventTimestamp {text[:64]!r} is not a time such as 2026-01-31T12:00:00Z"
        raise InvalidBodyError(reason) from error
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
