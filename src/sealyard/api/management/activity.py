"""The activity log in the shape of Azure Monitor's (`az monitor activity-log list`).

Pages follow each other by ``$skiptoken``, the number of the last event that was read: what is
logged meanwhile neither moves them nor is doubled by them. ``$orderby=eventTimestamp asc`` begins
with the oldest, so that whoever keeps the last number reads on from there another day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sealyard.access.assignments import AssignmentScope
from sealyard.api.bodies import InvalidBodyError
from sealyard.api.management.events import FIELDS, PROVIDER, event, event_of
from sealyard.api.management.paths import SUBSCRIPTION, arm_route, require_known
from sealyard.api.management.shapes import RESOURCE_GROUP
from sealyard.api.management.wire import json_answer
from sealyard.api.odata import parse_filter, value_of
from sealyard.api.odata import require_known as require_known_terms
from sealyard.db.activity import ActivityFilter
from sealyard.errors import DirectoryObjectUnknownError
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

    Terms = tuple[Comparison, ...]

_EVENTS: Final = "/providers/Microsoft.Insights/eventtypes/management/values"
_KNOWN: Final = (
    ("eventTimestamp", "ge"),
    ("eventTimestamp", "le"),
    ("caller", "eq"),
    ("operationName", "eq"),
    ("status", "eq"),
    ("correlationId", "eq"),
    ("resourceUri", "eq"),
    ("resourceId", "eq"),
    ("resourceGroupName", "eq"),
    ("resourceProvider", "eq"),
    ("eventChannels", "eq"),
)
# Azure's log has other states too, which nothing here is ever in: they match no event.
_OUTCOMES: Final = {"succeeded": "done", "failed": "refused"}
_STATUSES: Final = {*_OUTCOMES, "started", "accepted", "in progress", "active", "resolved"}
_ORDERS: Final = {"eventtimestamp": True, "eventtimestamp asc": True, "eventtimestamp desc": False}
_DEFAULT_PAGE: Final = 100
_SKIP: Final = "$skiptoken"
_MAX_DIGITS: Final = 18
_MAX_SHOWN: Final = 64


class ActivityLog:
    """Shows the log, newest first if not asked otherwise, in pages."""

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
        wanted, selected = _wanted(request, record), _selected(request)
        top = min(_number(request, "$top") or _DEFAULT_PAGE, MAX_PAGE)
        found = await self._activity.page(caller, wanted, top)
        shown = [event(record, entry) for entry in found]
        if selected:
            shown = [{name: one[name] for name in one if name in selected} for one in shown]
        content: dict[str, object] = {"value": shown}
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
    _require_ours(terms, "resourceGroupName", RESOURCE_GROUP, "resource group")
    _require_ours(terms, "resourceProvider", PROVIDER, "resource provider")
    resource = value_of(terms, "resourceUri") or value_of(terms, "resourceId")
    scope = AssignmentScope.parse(resource, record.resource_id) if resource else AssignmentScope()
    correlation = value_of(terms, "correlationId")
    return ActivityFilter(
        actor=value_of(terms, "caller"),
        kind=value_of(terms, "operationName"),
        outcome=_outcome(terms),
        repository=scope.repository or "",
        since=_moment(terms, "ge"),
        until=_moment(terms, "le"),
        only_id=event_of(record, correlation) if correlation else None,
        after=_number(request, _SKIP),
        oldest_first=_oldest_first(request),
    )


def _require_ours(terms: Terms, field: str, ours: str, noun: str) -> None:
    asked = value_of(terms, field)
    if asked and asked.lower() != ours.lower():
        raise DirectoryObjectUnknownError(noun, asked[:_MAX_SHOWN])


def _outcome(terms: Terms) -> str:
    asked = value_of(terms, "status").lower()
    if asked and asked not in _STATUSES:
        reason = f"status {asked[:_MAX_SHOWN]!r} is not one of Succeeded, Failed"
        raise InvalidBodyError(reason)
    return _OUTCOMES.get(asked, asked)


def _oldest_first(request: Request) -> bool:
    asked = " ".join(request.query_params.get("$orderby", "eventTimestamp desc").lower().split())
    if asked not in _ORDERS:
        reason = "$orderby is not eventTimestamp asc or eventTimestamp desc"
        raise InvalidBodyError(reason)
    return _ORDERS[asked]


def _selected(request: Request) -> frozenset[str]:
    """Return the fields that are to be shown: none is all of them."""
    names = request.query_params.get("$select", "").split(",")
    asked = {name.strip().lower() for name in names} - {""}
    unknown = asked - {name.lower() for name in FIELDS}
    if unknown:
        reason = f"$select names {min(unknown)[:_MAX_SHOWN]!r}, which events do not have"
        raise InvalidBodyError(reason)
    return frozenset(name for name in FIELDS if name.lower() in asked)


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS or int(text) == 0:
        reason = f"{name} is not a number above zero"
        raise InvalidBodyError(reason)
    return int(text)


def _moment(terms: Terms, operator: str) -> datetime | None:
    text = value_of(terms, "eventTimestamp", operator)
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        reason = f"eventTimestamp {text[:_MAX_SHOWN]!r} is not a time such as 2026-01-31T12:00:00Z"
        raise InvalidBodyError(reason) from error
