"""Role definitions and role assignments, at whatever scope az asks for them.

Roles hold on the registry or on one repository (the registry's id plus ``/repositories/<name>``).
The subscription and the resource group can be asked about, because az does, but hold none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.access.assignments import AssignmentScope
from sealyard.access.roles import ROLES
from sealyard.access.roles import role as role_named
from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.management import shapes
from sealyard.api.management.paths import arm_route
from sealyard.api.management.wire import json_answer
from sealyard.api.odata import Comparison, parse_filter, require_known, value_of
from sealyard.errors import DirectoryObjectUnknownError
from sealyard.services.directory.role_assignments import HeldRoleFilter

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.management_callers import ManagementCallers
    from sealyard.db.registry import RegistryRecord
    from sealyard.services.directory.role_assignments import HeldRole, RoleAssignmentService
    from sealyard.services.policy.properties import RegistryProperties

_DEFINITIONS: Final = "/providers/Microsoft.Authorization/roleDefinitions"
_ASSIGNMENTS: Final = "/providers/Microsoft.Authorization/roleAssignments"
_KIND: Final = "role assignment"


class WantedAssignment(msgspec.Struct, frozen=True):
    """What is granted, and to whom. The principal's type is looked up, not believed."""

    roleDefinitionId: str  # noqa: N815 (as on the wire)
    principalId: str  # noqa: N815 (as on the wire)
    principalType: str | None = None  # noqa: N815 (as on the wire)
    condition: str | None = None
    delegatedManagedIdentityResourceId: str | None = None  # noqa: N815 (as on the wire)


class WantedAssignmentBody(msgspec.Struct, frozen=True):
    """The body of a PUT."""

    properties: WantedAssignment


@dataclass(frozen=True, slots=True)
class AskedScope:
    """The scope in a path: ``at`` is ``None`` above the registry (subscription, group, ``/``)."""

    at: AssignmentScope | None

    @classmethod
    def parse(cls, text: str, record: RegistryRecord) -> AskedScope:
        """Read the part of a path before ``/providers/Microsoft.Authorization``.

        Raise ``InvalidScopeError`` if it is neither of this registry nor above it.
        """
        scope = "/" + text.strip("/")
        group = shapes.resource_group(record)["id"]
        above = {"/", shapes.subscription_id(record).lower(), group.lower()}
        if scope.lower() in above:
            return cls(None)
        return cls(AssignmentScope.parse(scope, record.resource_id))

    def shows(self, held: HeldRole, *, at_scope: bool) -> bool:
        """Tell whether a list at this scope shows ``held``.

        It shows what is granted at the scope, above it and (unless ``atScope()`` was asked) below.
        """
        repository = held.assignment.repository
        if self.at is None:
            return not at_scope
        if self.at.repository is None:
            return repository is None or not at_scope
        return repository in {None, self.at.repository}


class Roles:
    """Shows roles to whoever is signed in, and grants and withdraws them."""

    def __init__(
        self,
        callers: ManagementCallers,
        properties: RegistryProperties,
        assignments: RoleAssignmentService,
    ) -> None:
        self._callers = callers
        self._properties = properties
        self._assignments = assignments

    def routes(self) -> list[Route]:
        """Return the routes; a scope may be empty and may hold slashes."""
        found: list[Route] = []
        for scope in ("", "/{scope:path}"):
            one = scope + _ASSIGNMENTS + "/{assignment}"
            found += [
                arm_route("GET", scope + _DEFINITIONS, self.definitions),
                arm_route("GET", scope + _DEFINITIONS + "/{role}", self.definition),
                arm_route("GET", scope + _ASSIGNMENTS, self.assignments),
                arm_route("GET", one, self.assignment),
                arm_route("PUT", one, self.grant),
                arm_route("DELETE", one, self.withdraw),
            ]
        return found

    async def definitions(self, request: Request) -> Response:
        """List the roles that the filter asks for; az relies on getting one for one name."""
        await self._callers.caller(request)
        record, _ = await self._scope(request)
        terms = parse_filter(request.query_params.get("$filter"))
        require_known(terms, ("roleName", "eq"), ("type", "eq"), ("atScope", "call"))
        name, kind = value_of(terms, "roleName").lower(), value_of(terms, "type").lower()
        shown = [
            shapes.role_definition(record, role)
            for role in ROLES
            if name in {"", role.name.lower()} and kind in {"", "builtinrole"}
        ]
        return json_answer({"value": shown})

    async def definition(self, request: Request) -> Response:
        """Show one role."""
        await self._callers.caller(request)
        record, _ = await self._scope(request)
        role = role_named(request.path_params["role"])
        return json_answer(shapes.role_definition(record, role))

    async def assignments(self, request: Request) -> Response:
        """List role assignments."""
        caller = await self._callers.caller(request)
        record, scope = await self._scope(request)
        terms = parse_filter(request.query_params.get("$filter"))
        known = (("atScope", "call"), ("assignedTo", "call"), ("principalId", "eq"))
        require_known(terms, *known)
        assignee = value_of(terms, "principalId") or value_of(terms, "assignedTo", "call")
        try:
            wanted = HeldRoleFilter(
                assignee,
                None if scope.at is None else scope.at.repository,
                through_groups=_asks(terms, "assignedto"),
            )
            held = await self._assignments.everything(caller, wanted)
        except DirectoryObjectUnknownError:
            held = []  # nobody of that id holds nothing
        at_scope = _asks(terms, "atscope")
        shown = [one for one in held if scope.shows(one, at_scope=at_scope)]
        return json_answer({"value": [shapes.role_assignment(record, one) for one in shown]})

    async def assignment(self, request: Request) -> Response:
        """Show one role assignment."""
        caller = await self._callers.caller(request)
        record, scope = await self._scope(request)
        held = await self._assignments.show(caller, request.path_params["assignment"])
        _require_same(held, scope)
        return json_answer(shapes.role_assignment(record, held))

    async def grant(self, request: Request) -> Response:
        """Grant a role; the id is the client's choice."""
        caller = await self._callers.caller(request)
        record = await self._properties.record()
        scope = AssignmentScope.parse(
            "/" + request.path_params.get("scope", ""), record.resource_id
        )
        wanted = (await json_body(request, WantedAssignmentBody)).properties
        _refuse_what_is_not_kept(wanted)
        held = await self._assignments.create(
            caller,
            assignee=wanted.principalId,
            role=wanted.roleDefinitionId,
            scope=scope,
            assignment_id=request.path_params["assignment"],
        )
        return json_answer(shapes.role_assignment(record, held), 201)

    async def withdraw(self, request: Request) -> Response:
        """Withdraw a role, and answer with what it was."""
        caller = await self._callers.caller(request)
        record, _ = await self._scope(request)
        held = await self._assignments.delete(caller, request.path_params["assignment"])
        return json_answer(shapes.role_assignment(record, held))

    async def _scope(self, request: Request) -> tuple[RegistryRecord, AskedScope]:
        record = await self._properties.record()
        return record, AskedScope.parse(request.path_params.get("scope", ""), record)


def _refuse_what_is_not_kept(wanted: WantedAssignment) -> None:
    """Refuse conditions: a role that held without its condition would be granted too much."""
    if wanted.condition:
        reason = (
            "role assignments have no conditions here; grant the role on one repository instead "
            "(--scope REGISTRY_ID/repositories/NAME)"
        )
        raise InvalidBodyError(reason)
    if wanted.delegatedManagedIdentityResourceId:
        reason = "there are no managed identities here; make a service principal instead"
        raise InvalidBodyError(reason)


def _require_same(held: HeldRole, scope: AskedScope) -> None:
    """Pass if the path's scope is where the role is held, or above the registry."""
    if scope.at is not None and scope.at.repository != held.assignment.repository:
        raise DirectoryObjectUnknownError(_KIND, held.assignment.id)


def _asks(terms: tuple[Comparison, ...], function: str) -> bool:
    return any(term.field == function and term.operator == "call" for term in terms)
