"""The activity log: who did what, when and from where."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealyard.client.management.session import Session

Event = dict[str, Any]
_EVENTS: Final = "/providers/Microsoft.Insights/eventtypes/management/values"
_MAX_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to read; times are RFC 3339, an empty text matches everything."""

    caller: str = ""
    kind: str = ""
    resource_id: str = ""
    since: str = ""
    until: str = ""

    def text(self) -> str:
        """Return it as an OData filter."""
        terms = {
            "eventTimestamp ge": self.since,
            "eventTimestamp le": self.until,
            "caller eq": self.caller,
            "operationName eq": self.kind,
            "resourceUri eq": self.resource_id,
        }
        written = [f"{term} '{_quoted(value)}'" for term, value in terms.items() if value]
        return " and ".join(written)


class ActivityLog:
    """The log as this caller may read it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def events(self, wanted: EventFilter, limit: int) -> list[Event]:
        """Return the latest ``limit`` matching events, newest first."""
        params = {"$top": str(min(limit, _MAX_PAGE))}
        if wanted.text():
            params["$filter"] = wanted.text()
        path = self._session.subscription + _EVENTS
        return [_event(found) for found in islice(self._session.pages(path, params), limit)]


def _event(found: Mapping[str, Any]) -> Event:
    detail = dict(found.get("properties", {}))
    return {
        "id": found["eventDataId"],
        "time": found["eventTimestamp"],
        "caller": found["caller"],
        "address": found["httpRequest"]["clientIpAddress"],
        "kind": found["operationName"]["value"],
        "outcome": detail.pop("outcome", found["status"]["value"]),
        "repository": detail.pop("repository", ""),
        "resourceId": found["resourceId"],
        "detail": detail,
    }


def _quoted(text: str) -> str:
    return text.replace("'", "''")
