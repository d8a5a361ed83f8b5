"""The activity log: who did what, when and from where."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sealyard.client.management.session import Session

Event = dict[str, Any]
_EVENTS: Final = "/providers/Microsoft.Insights/eventtypes/management/values"
_MAX_PAGE: Final = 1000
_STATUSES: Final = {"done": "Succeeded", "refused": "Failed"}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to read; times are RFC 3339, an empty text matches everything.

    ``caller`` is a name or an object id, ``kind`` the beginning of a kind, ``status`` Azure's
    word for the outcome.
    """

    caller: str = ""
    kind: str = ""
    resource_id: str = ""
    since: str = ""
    until: str = ""
    status: str = ""
    correlation_id: str = ""
    resource_group: str = ""
    resource_provider: str = ""

    def text(self) -> str:
        """Return it as an OData filter."""
        terms = {
            "eventTimestamp ge": self.since,
            "eventTimestamp le": self.until,
            "caller eq": self.caller,
            "operationName eq": self.kind,
            "status eq": self.status,
            "correlationId eq": self.correlation_id,
            "resourceUri eq": self.resource_id,
            "resourceGroupName eq": self.resource_group,
            "resourceProvider eq": self.resource_provider,
        }
        written = [f"{term} '{_quoted(value)}'" for term, value in terms.items() if value]
        return " and ".join(written)


def status_of(outcome: str) -> str:
    """Return Azure's word for ``done`` and ``refused``; the empty text stays empty."""
    return _STATUSES.get(outcome, outcome)


class ActivityLog:
    """The log as this caller may read it. Its pages are fetched when they are needed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def events(self, wanted: EventFilter, limit: int) -> list[Event]:
        """Return the latest ``limit`` matching events, newest first."""
        found = self._pages(wanted, {"$top": str(min(limit, _MAX_PAGE))})
        return [_event(one) for one in islice(found, limit)]

    def as_azure_shows_them(
        self, wanted: EventFilter, limit: int, select: Sequence[str] = ()
    ) -> list[Event]:
        """Return the same in the form of `az monitor activity-log list`, only those fields."""
        params = {"$top": str(min(limit, _MAX_PAGE))}
        if select:
            params["$select"] = ",".join(select)
        return list(islice(self._pages(wanted, params), limit))

    def from_the_oldest(self, wanted: EventFilter, after: int = 0) -> Iterator[Event]:
        """Yield all matching events that follow the one with the id ``after``, oldest first.

        One page is held at a time. Whoever keeps the last id goes on from there another day, and
        misses nothing and sees nothing twice.
        """
        params = {"$top": str(_MAX_PAGE), "$orderby": "eventTimestamp asc"}
        if after:
            params["$skiptoken"] = str(after)
        for found in self._pages(wanted, params):
            yield _event(found)

    def _pages(self, wanted: EventFilter, params: dict[str, str]) -> Iterator[Event]:
        if wanted.text():
            params["$filter"] = wanted.text()
        return self._session.pages(self._session.subscription + _EVENTS, params)


def _event(found: Mapping[str, Any]) -> Event:
    detail = dict(found.get("properties", {}))
    return {
        "id": found["eventDataId"],
        "time": found["eventTimestamp"],
        "caller": found["caller"],
        "callerId": found["claims"]["oid"],
        "address": found["httpRequest"]["clientIpAddress"],
        "kind": found["operationName"]["value"],
        "outcome": detail.pop("outcome", found["status"]["value"]),
        "repository": detail.pop("repository", ""),
        "resourceId": found["resourceId"],
        "detail": detail,
    }


def _quoted(text: str) -> str:
    return text.replace("'", "''")
