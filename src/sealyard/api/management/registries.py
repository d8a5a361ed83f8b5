"""The registry as a resource, and its one policy that can be changed: content trust.

Turning content trust off deletes every signature for good, so it has to be confirmed. Two forms
of a PATCH do that:

- az's, ``{"trustPolicy": {"status": "disabled"}}``: az asks the person itself before it sends it,
  and cannot send more, so naming the registry in the path and this status in the body counts;
- ours, which adds ``"confirmedLoss": {"repositories": 2, "signatures": 5}`` to the trust policy:
  what the person was shown (``GET …/trustLoss``). If more was signed since, the answer is a 409
  with the present figures, and nothing happened.

A policy that says what is so already changes nothing, whatever else it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from sealyard.access.actions import Action
from sealyard.api.bodies import InvalidBodyError, json_body
from sealyard.api.management import shapes
from sealyard.api.management.fixed import require_unchanged
from sealyard.api.management.paths import GROUP, REGISTRY, SUBSCRIPTION, arm_route, require_known
from sealyard.api.management.wire import json_answer
from sealyard.errors import ConflictError
from sealyard.services.policy.content_trust import TrustLoss
from sealyard.services.policy.properties import visible_to

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.access.caller import Caller
    from sealyard.api.management_callers import ManagementCallers
    from sealyard.api.origins import Origins
    from sealyard.db.registry import RegistryRecord
    from sealyard.services.directory.admin_user import AdminUserService
    from sealyard.services.policy.anonymous_pull import AnonymousPullService
    from sealyard.services.policy.content_trust import ContentTrustService
    from sealyard.services.policy.properties import RegistryProperties
    from sealyard.services.policy.resource_tags import ResourceTags

_PROVIDER: Final = "/providers/Microsoft.ContainerRegistry"
_Count = Annotated[int, msgspec.Meta(ge=0)]


class ConfirmedLoss(msgspec.Struct, frozen=True):
    """What the person who confirmed was shown."""

    repositories: _Count
    signatures: _Count


class TrustPolicy(msgspec.Struct, frozen=True):
    """The trust policy that is wanted; az sends the word as it was typed."""

    status: str | None = None
    type: str | None = None
    confirmedLoss: ConfirmedLoss | None = None  # noqa: N815 (as on the wire)

    def wanted(self) -> Literal["enabled", "disabled"] | None:
        """Return the status, ``None`` for "as it is"; raise ``InvalidBodyError``."""
        if (self.type or "Notary").lower() != "notary":
            reason = "the trust policy's type can only be Notary"
            raise InvalidBodyError(reason)
        word = (self.status or "").lower()
        if word in {"enabled", "disabled"}:
            return "enabled" if word == "enabled" else "disabled"
        if word:
            reason = "the trust policy's status is neither enabled nor disabled"
            raise InvalidBodyError(reason)
        return None


class Policies(msgspec.Struct, frozen=True):
    """The policies that are wanted; one that is not there stays as it is."""

    trustPolicy: TrustPolicy | None = None  # noqa: N815 (as on the wire)


class WantedProperties(msgspec.Struct, frozen=True):
    """The properties that are wanted."""

    policies: Policies | None = None
    adminUserEnabled: bool | None = None  # noqa: N815 (as on the wire)
    anonymousPullEnabled: bool | None = None  # noqa: N815 (as on the wire)


class WantedSku(msgspec.Struct, frozen=True):
    """The tier that is wanted."""

    name: str | None = None


class WantedRegistry(msgspec.Struct, frozen=True):
    """The body of a PATCH or PUT; tags that are there are all that there are to be."""

    properties: WantedProperties | None = None
    sku: WantedSku | None = None
    tags: dict[str, str] | None = None

    def trust_policy(self) -> TrustPolicy:
        """Return the trust policy that is wanted; an empty one wants nothing."""
        policies = None if self.properties is None else self.properties.policies
        return (policies.trustPolicy if policies is not None else None) or TrustPolicy()


class OneRegistryError(ConflictError):
    """Somebody wants another registry on this server."""

    def __init__(self, wanted: str, present: str) -> None:
        super().__init__(
            f"this server is one registry, {present}, and makes no other: start another server for "
            f"{wanted[:64]!r} (sealyard serve --name), or use {present}"
        )


class AskedName(msgspec.Struct, frozen=True):
    """The body of checkNameAvailability."""

    name: str


@dataclass(frozen=True, slots=True)
class RegistryParts:
    """What can be changed of the registry, each by its service."""

    content_trust: ContentTrustService
    resource_tags: ResourceTags
    admin_user: AdminUserService
    anonymous_pull: AnonymousPullService


class Registries:
    """Shows and changes the registry."""

    def __init__(
        self,
        callers: ManagementCallers,
        properties: RegistryProperties,
        parts: RegistryParts,
        origins: Origins,
    ) -> None:
        self._callers = callers
        self._properties = properties
        self._content_trust = parts.content_trust
        self._parts = parts
        self._origins = origins

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            arm_route("GET", SUBSCRIPTION + _PROVIDER + "/registries", self.list_all),
            arm_route("GET", GROUP + _PROVIDER + "/registries", self.list_all),
            arm_route("POST", SUBSCRIPTION + _PROVIDER + "/checkNameAvailability", self.check_name),
            arm_route("GET", REGISTRY, self.show),
            arm_route("PATCH", REGISTRY, self.change),
            arm_route("PUT", REGISTRY, self.create),
            arm_route("DELETE", REGISTRY, self.delete),
            arm_route("GET", REGISTRY + "/trustLoss", self.trust_loss),
            arm_route("GET", REGISTRY + "/listUsages", self.usages),
        ]

    async def list_all(self, request: Request) -> Response:
        """List the registry, to who holds a role in it."""
        caller, record = await self._asked(request)
        shown = visible_to(caller)
        return json_answer({"value": [self._shape(request, record)] if shown else []})

    async def show(self, request: Request) -> Response:
        """Show the registry."""
        caller, _ = await self._asked(request)
        return json_answer(self._shape(request, await self._properties.show(caller)))

    async def create(self, request: Request) -> Response:
        """Change the registry that is here; refuse to make another one."""
        caller = await self._callers.caller(request)
        record = await self._properties.record()
        wanted = request.path_params["registry"]
        if wanted.lower() != record.name.lower():
            caller.require(Action.REGISTRY_WRITE)
            raise OneRegistryError(wanted, record.name)
        return await self.change(request)

    async def change(self, request: Request) -> Response:
        """Change what the body names, and answer with the whole registry at once (no polling)."""
        caller, record = await self._asked(request)
        caller.require(Action.REGISTRY_WRITE)
        wanted = await _wanted(request)
        _refuse_the_unchangeable(wanted)
        policy = wanted.trust_policy()
        status = policy.wanted()
        if wanted.tags is not None:
            await self._parts.resource_tags.set(caller, wanted.tags)
        await self._switch(caller, wanted.properties or WantedProperties())
        if status == "enabled":
            await self._content_trust.enable(caller)
        elif status == "disabled":
            seen = policy.confirmedLoss
            loss = None if seen is None else TrustLoss(seen.repositories, seen.signatures)
            await self._content_trust.disable(caller, record.name, loss)
        return json_answer(self._shape(request, await self._properties.show(caller)))

    async def _switch(self, caller: Caller, wanted: WantedProperties) -> None:
        if wanted.adminUserEnabled is not None:
            await self._parts.admin_user.switch(caller, enabled=wanted.adminUserEnabled)
        if wanted.anonymousPullEnabled is not None:
            await self._parts.anonymous_pull.switch(caller, enabled=wanted.anonymousPullEnabled)

    async def delete(self, request: Request) -> Response:
        """Refuse: the registry ends with its server."""
        caller, _ = await self._asked(request)
        caller.require(Action.REGISTRY_WRITE)
        message = (
            "the registry is this server: to be rid of it stop the server and remove its data "
            "folder; az acr repository delete deletes images, one repository at a time"
        )
        raise ConflictError(message)

    async def usages(self, request: Request) -> Response:
        """Say how much there is."""
        caller, _ = await self._asked(request)
        return json_answer(shapes.usages(await self._properties.usage(caller)))

    async def trust_loss(self, request: Request) -> Response:
        """Say what turning content trust off would delete, to be shown before it is confirmed."""
        caller, _ = await self._asked(request)
        return json_answer(await self._content_trust.loss(caller))

    async def check_name(self, request: Request) -> Response:
        """Say that the registry's own name is taken, and that there is no other registry here."""
        _, record = await self._asked(request)
        name = (await json_body(request, AskedName)).name
        taken = name.lower() == record.name.lower()
        reason, message = (
            ("AlreadyExists", f"the registry {record.name} is already in use")
            if taken
            else ("Invalid", f"this server holds one registry, {record.name}")
        )
        return json_answer({"nameAvailable": False, "reason": reason, "message": message})

    async def _asked(self, request: Request) -> tuple[Caller, RegistryRecord]:
        caller = await self._callers.caller(request)
        record = await self._properties.record()
        require_known(request, record)
        return caller, record

    def _shape(self, request: Request, record: RegistryRecord) -> shapes.Shape:
        return shapes.registry(record, self._origins.login_server(request.headers.get("host")))


async def _wanted(request: Request) -> WantedRegistry:
    body = await json_body(request, dict[str, Any])
    properties = body.get("properties")
    require_unchanged(properties if isinstance(properties, dict) else {})
    try:
        return msgspec.convert(body, WantedRegistry)
    except msgspec.ValidationError as error:
        raise InvalidBodyError(str(error)) from error


def _refuse_the_unchangeable(wanted: WantedRegistry) -> None:
    if wanted.sku is not None and (wanted.sku.name or "Premium").lower() != "premium":
        message = "the registry has all features (Premium); no other tier can be chosen"
        raise ConflictError(message)
