"""The registry's properties and its content trust policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sealyard.client.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealyard.client.management.session import Session

Resource = dict[str, Any]
_REGISTRIES: Final = "/providers/Microsoft.ContainerRegistry/registries"


@dataclass(frozen=True, slots=True)
class TrustLoss:
    """What turning content trust off deletes."""

    repositories: int
    signatures: int


class Registries:
    """The registries of the server: there is one, but it is asked for by name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def everything(self) -> list[Resource]:
        """Return the registries that this caller may read."""
        path = self._session.subscription + _REGISTRIES
        return [flat(found) for found in self._session.pages(path)]

    def show(self, name: str, resource_group: str | None = None) -> Resource:
        """Return the registry called ``name``, in any case; its login server is a name as well.

        Raise ``NotFoundError``, also if it is in another group than ``resource_group``.
        """
        for found in self.everything():
            if name.lower() not in {found["name"].lower(), found["loginServer"].lower()}:
                continue
            if resource_group is not None and found["resourceGroup"].lower() != (
                resource_group.lower()
            ):
                kind = f"registry in the resource group {resource_group}"
                raise NotFoundError(kind, name, f"it is in {found['resourceGroup']}")
            return found
        kind, hint = "registry", "sealyard acr list shows those that you may read"
        raise NotFoundError(kind, name, hint)

    def trust_loss(self, registry: Mapping[str, Any]) -> TrustLoss:
        """Return what turning content trust off would delete."""
        found = self._session.ask("GET", f"{registry['id']}/trustLoss")
        return TrustLoss(int(found["repositories"]), int(found["signatures"]))

    def enable_content_trust(self, registry: Mapping[str, Any]) -> Resource:
        """Let signers publish."""
        return self._change(registry, {"type": "Notary", "status": "enabled"})

    def disable_content_trust(
        self, registry: Mapping[str, Any], seen: TrustLoss | None
    ) -> Resource:
        """Delete all trust data for good; refused if it is no longer what was ``seen``.

        ``None`` stands for somebody who agreed to whatever there is.
        """
        policy: dict[str, Any] = {"type": "Notary", "status": "disabled"}
        if seen is not None:
            confirmed = {"repositories": seen.repositories, "signatures": seen.signatures}
            policy["confirmedLoss"] = confirmed
        return self._change(registry, policy)

    def update(self, registry: Mapping[str, Any], body: Mapping[str, Any]) -> Resource:
        """Change what ``body`` names, in the shape of the Azure Resource Manager."""
        return flat(self._session.ask("PATCH", registry["id"], body=body))

    def create(self, name: str, resource_group: str, body: Mapping[str, Any]) -> Resource:
        """Make a registry: the one that is there is answered, another one is refused."""
        group = f"{self._session.subscription}/resourceGroups/{quote(resource_group, safe='')}"
        path = f"{group}{_REGISTRIES}/{quote(name, safe='')}"
        return flat(self._session.ask("PUT", path, body=body))

    def delete(self, registry: Mapping[str, Any]) -> None:
        """Delete the registry: the server refuses, and says what to do."""
        self._session.ask("DELETE", registry["id"])

    def check_name(self, name: str) -> Resource:
        """Tell whether a registry could be called ``name``."""
        path = (
            f"{self._session.subscription}/providers/Microsoft.ContainerRegistry"
            "/checkNameAvailability"
        )
        body = {"name": name, "type": "Microsoft.ContainerRegistry/registries"}
        found: Resource = self._session.ask("POST", path, body=body)
        return found

    def usage(self, registry: Mapping[str, Any]) -> Resource:
        """Return how much of everything the registry holds."""
        found: Resource = self._session.ask("GET", f"{registry['id']}/listUsages")
        return found

    def _change(self, registry: Mapping[str, Any], trust_policy: Mapping[str, Any]) -> Resource:
        return self.update(registry, {"properties": {"policies": {"trustPolicy": trust_policy}}})


def flat(resource: Mapping[str, Any]) -> Resource:
    """Return a resource as az prints it: its properties beside its name, its group told."""
    shown = {name: value for name, value in resource.items() if name != "properties"}
    parts = str(resource.get("id", "")).split("/")
    group = parts[4] if len(parts) > 4 else None  # noqa: PLR2004 (/subscriptions/S/resourceGroups/G/…)
    return {**shown, **resource.get("properties", {}), "resourceGroup": group}
