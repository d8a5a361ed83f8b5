"""Lines of the activity log as Azure Monitor's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.access.assignments import AssignmentScope
from sealyard.api.management.shapes import REGISTRIES, RESOURCE_GROUP, Shape, moment

if TYPE_CHECKING:
    from sealyard.db.activity import Activity
    from sealyard.db.registry import RegistryRecord

PROVIDER: Final = REGISTRIES.partition("/")[0]
# What az offers for --select.
FIELDS: Final = (
    "authorization",
    "claims",
    "caller",
    "description",
    "id",
    "eventDataId",
    "correlationId",
    "eventName",
    "category",
    "httpRequest",
    "level",
    "resourceGroupName",
    "resourceProviderName",
    "resourceId",
    "resourceType",
    "operationId",
    "operationName",
    "properties",
    "status",
    "subStatus",
    "eventTimestamp",
    "submissionTimestamp",
    "subscriptionId",
    "tenantId",
)
_OWN: Final = 24  # characters of a correlation id that are the subscription's; the rest is the line
_HEXADECIMAL: Final = frozenset("0123456789abcdef")


def event(record: RegistryRecord, entry: Activity) -> Shape:
    """Show a line of the activity log, as `az monitor activity-log list` has it."""
    scope = AssignmentScope(entry.repository or None).resource_id(record.resource_id)
    done = entry.outcome == "done"
    correlation = f"{record.subscription_id[:_OWN]}{entry.id:012x}"
    return {
        "authorization": {"action": entry.kind, "scope": scope},
        "id": f"{record.resource_id}/events/{entry.id}",
        "eventDataId": str(entry.id),
        "correlationId": correlation,
        "operationId": correlation,
        "eventTimestamp": moment(entry.at),
        "submissionTimestamp": moment(entry.at),
        "category": _named("Administrative"),
        "eventName": _named("EndRequest"),
        "operationName": _named(entry.kind),
        "status": _named("Succeeded" if done else "Failed"),
        "level": "Informational" if done else "Warning",
        "caller": entry.actor_name,
        "claims": {"oid": entry.actor_id},
        "httpRequest": {"clientIpAddress": entry.address},
        "resourceId": scope,
        "resourceGroupName": RESOURCE_GROUP,
        "resourceProviderName": _named(PROVIDER),
        "resourceType": _named(REGISTRIES),
        "subscriptionId": record.subscription_id,
        "tenantId": record.tenant_id,
        "properties": {
            **{name: _text(value) for name, value in entry.detail.items()},
            "outcome": entry.outcome,
            "repository": entry.repository,
        },
    }


def event_of(record: RegistryRecord, correlation: str) -> int:
    """Return the number of the line that a correlation id means, 0 if it means none of ours."""
    own, number = correlation[:_OWN].lower(), correlation[_OWN:].lower()
    ours = own == record.subscription_id[:_OWN].lower()
    if not ours or len(number) != 12 or not _HEXADECIMAL.issuperset(number):  # noqa: PLR2004 (RFC 9562: the node's digits)
        return 0
    return int(number, 16)


def _named(value: str) -> Shape:
    return {"value": value, "localizedValue": value}


def _text(value: object) -> str:
    """Write a detail as Azure Monitor has it: az takes texts only."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
