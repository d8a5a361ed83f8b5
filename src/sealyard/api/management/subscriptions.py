"""What is around the registry in Azure's terms: a tenant, a subscription, a resource group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sealyard.api.management import shapes
from sealyard.api.management.paths import GROUP, SUBSCRIPTION, arm_route, require_known
from sealyard.api.management.wire import json_answer
from sealyard.api.odata import parse_filter, value_of
from sealyard.api.odata import require_known as require_known_terms
from sealyard.services.policy.properties import visible_to

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.access.caller import Caller
    from sealyard.api.management_callers import ManagementCallers
    from sealyard.db.registry import RegistryRecord
    from sealyard.services.policy.properties import RegistryProperties


class Subscriptions:
    """Shows them to whoever is signed in; the registry in them to who holds a role in it."""

    def __init__(self, callers: ManagementCallers, properties: RegistryProperties) -> None:
        self._callers = callers
        self._properties = properties

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            arm_route("GET", "/tenants", self.tenants),
            arm_route("GET", "/subscriptions", self.subscriptions),
            arm_route("GET", SUBSCRIPTION, self.subscription),
            arm_route("GET", SUBSCRIPTION + "/locations", self.locations),
            arm_route("GET", SUBSCRIPTION + "/resources", self.resources),
            arm_route("GET", SUBSCRIPTION + "/resourceGroups", self.groups),
            arm_route("GET", GROUP, self.group),
            arm_route("GET", SUBSCRIPTION + "/providers/{provider}", self.provider),
        ]

    async def tenants(self, request: Request) -> Response:
        """List the one directory."""
        _, record = await self._asked(request)
        return json_answer({"value": [shapes.tenant(record)]})

    async def subscriptions(self, request: Request) -> Response:
        """List the one subscription."""
        _, record = await self._asked(request)
        return json_answer({"value": [shapes.subscription(record)]})

    async def subscription(self, request: Request) -> Response:
        """Show the subscription."""
        _, record = await self._asked(request)
        return json_answer(shapes.subscription(record))

    async def locations(self, request: Request) -> Response:
        """List the one place that there is."""
        _, record = await self._asked(request)
        place = {
            "id": f"{shapes.subscription_id(record)}/locations/{shapes.LOCATION}",
            "name": shapes.LOCATION,
            "displayName": shapes.LOCATION,
        }
        return json_answer({"value": [place]})

    async def resources(self, request: Request) -> Response:
        """List the registry, unless the filter is after other kinds; az looks it up here."""
        caller, record = await self._asked(request)
        terms = parse_filter(request.query_params.get("$filter"))
        known = (("resourceType", "eq"), ("name", "eq"), ("resourceGroup", "eq"))
        require_known_terms(terms, *known)
        asked = {
            value_of(terms, "resourceType").lower(): shapes.REGISTRIES.lower(),
            value_of(terms, "name").lower(): record.name.lower(),
            value_of(terms, "resourceGroup").lower(): shapes.RESOURCE_GROUP,
        }
        matches = all(wanted in {"", present} for wanted, present in asked.items())
        shown = matches and visible_to(caller)
        return json_answer({"value": [shapes.generic_resource(record)] if shown else []})

    async def groups(self, request: Request) -> Response:
        """List the one resource group."""
        _, record = await self._asked(request)
        return json_answer({"value": [shapes.resource_group(record)]})

    async def group(self, request: Request) -> Response:
        """Show the resource group."""
        _, record = await self._asked(request)
        return json_answer(shapes.resource_group(record))

    async def provider(self, request: Request) -> Response:
        """Say which versions a provider speaks, for commands that are given none."""
        _, record = await self._asked(request)
        name = request.path_params["provider"]
        return json_answer(_provider(record, name))

    async def _asked(self, request: Request) -> tuple[Caller, RegistryRecord]:
        caller = await self._callers.caller(request)
        record = await self._properties.record()
        require_known(request, record)
        return caller, record


def _provider(record: RegistryRecord, name: str) -> dict[str, Any]:
    namespace, _, kind = shapes.REGISTRIES.partition("/")
    known = name.lower() == namespace.lower()
    resource = {"resourceType": kind, "apiVersions": ["2023-07-01"], "locations": [shapes.LOCATION]}
    return {
        "id": f"{shapes.subscription_id(record)}/providers/{name}",
        "namespace": namespace if known else name,
        "registrationState": "Registered" if known else "NotRegistered",
        "resourceTypes": [resource] if known else [],
    }
