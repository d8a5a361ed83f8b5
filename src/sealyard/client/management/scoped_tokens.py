"""Scope maps, scoped tokens and the admin user's credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sealyard.client.errors import NotFoundError, ServerRefusedError
from sealyard.client.management.registry import flat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sealyard.client.management.registry import Resource
    from sealyard.client.management.session import Session

_NOT_FOUND: Final = 404


class _Children:
    """What the registry has of one kind, by name."""

    kind: str
    word: str

    def __init__(self, session: Session, registry: Mapping[str, Any]) -> None:
        self._session = session
        self._registry = str(registry["id"])

    def everything(self) -> list[Resource]:
        """Return all of them by name."""
        return [_shown(one) for one in self._session.pages(f"{self._registry}/{self.kind}")]

    def show(self, name: str) -> Resource:
        """Return one; raise ``NotFoundError``."""
        return self._ask("GET", name)

    def delete(self, name: str) -> None:
        """Delete one; raise ``NotFoundError``."""
        self._ask("DELETE", name)

    def id_of(self, name: str) -> str:
        """Return the resource id that one of that name has."""
        return f"{self._registry}/{self.kind}/{name}"

    def _ask(self, method: str, name: str, properties: Mapping[str, Any] | None = None) -> Resource:
        path = f"{self._registry}/{self.kind}/{quote(name, safe='')}"
        body = None if properties is None else {"properties": properties}
        try:
            return _shown(self._session.ask(method, path, body=body) or {})
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND and method in {"GET", "DELETE"}:
                hint = f"sealyard acr {self.word.replace(' ', '-')} list shows those there are"
                raise NotFoundError(self.word, name, hint) from error
            raise


class ScopeMaps(_Children):
    """Scope maps."""

    kind = "scopeMaps"
    word = "scope map"

    def put(self, name: str, actions: Sequence[str], description: str) -> Resource:
        """Make one, or give the one there is these actions."""
        return self._ask("PUT", name, {"actions": actions, "description": description})

    def change(self, name: str, actions: Sequence[str], description: str | None) -> Resource:
        """Give one these actions; without a description it keeps its own."""
        properties: dict[str, Any] = {"actions": actions}
        if description is not None:
            properties["description"] = description
        return self._ask("PATCH", name, properties)


class ScopedTokens(_Children):
    """Scoped tokens."""

    kind = "tokens"
    word = "token"

    def put(self, name: str, scope_map_id: str, status: str) -> Resource:
        """Make one without passwords, or change the one there is."""
        return self._ask("PUT", name, {"scopeMapId": scope_map_id, "status": status})

    def change(self, name: str, properties: Mapping[str, Any]) -> Resource:
        """Change what ``properties`` name."""
        return self._ask("PATCH", name, properties)

    def generate(self, name: str, password: str | None, end: str) -> Resource:
        """Make ``password`` (both without one), which ends at ``end`` (never if empty)."""
        body: dict[str, Any] = {"tokenId": self.id_of(name)}
        if password is not None:
            body["name"] = password
        if end:
            body["expiry"] = end
        path = f"{self._registry}/generateCredentials"
        made: Resource = self._session.ask("POST", path, body=body)
        return made


class AdminUser:
    """The admin user's credentials."""

    def __init__(self, session: Session, registry: Mapping[str, Any]) -> None:
        self._session = session
        self._registry = str(registry["id"])

    def credentials(self) -> Resource:
        """Return its name and passwords; the server records who asked."""
        found: Resource = self._session.ask("POST", f"{self._registry}/listCredentials", body={})
        return found

    def renew(self, password: str) -> Resource:
        """Replace one password; return them all."""
        path = f"{self._registry}/regenerateCredential"
        found: Resource = self._session.ask("POST", path, body={"name": password})
        return found


def _shown(resource: Mapping[str, Any]) -> Resource:
    """Return a resource as az prints it, whose ``type`` is the resource's."""
    found = flat(resource)
    return {**found, "type": resource["type"]} if "type" in resource else found
