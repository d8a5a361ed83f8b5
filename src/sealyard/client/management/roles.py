"""Role definitions and assignments, and whom ``--assignee`` means."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from sealyard.client.errors import NotFoundError, ServerRefusedError
from sealyard.client.management.registry import flat

if TYPE_CHECKING:
    from sealyard.client.management.registry import Resource
    from sealyard.client.management.session import Session

_AUTHORIZATION: Final = "/providers/Microsoft.Authorization"
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NOT_FOUND: Final = 404
_EXISTS: Final = "RoleAssignmentExists"


class Roles:
    """Roles as this caller sees and grants them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def definitions(self, name: str = "") -> list[Resource]:
        """Return the roles, or the one of that name or id, in any case."""
        path = f"{self._session.subscription}{_AUTHORIZATION}/roleDefinitions"
        wanted = name.lower()
        return [
            flat(found)
            for found in self._session.pages(path)
            if wanted in {"", found["name"], found["properties"]["roleName"].lower()}
        ]

    def definition(self, name: str) -> Resource:
        """Return the role of that name, id or resource id; raise ``NotFoundError``."""
        found = self.definitions(name.rpartition("/")[2])
        if not found:
            kind, hint = "role", "sealyard role definition list shows those there are"
            raise NotFoundError(kind, name, hint)
        return found[0]

    def assignments(self, *, assignee: str = "", role: str = "", scope: str = "") -> list[Resource]:
        """Return the assignments to ``assignee`` of ``role`` at exactly ``scope``; empty: all."""
        scope = _plain(scope)
        path = f"{scope or self._session.subscription}{_AUTHORIZATION}/roleAssignments"
        params = {}
        if assignee:
            params["$filter"] = f"principalId eq '{self.object_id(assignee)}'"
        elif scope:
            params["$filter"] = "atScope()"
        found = [self._shown(one) for one in self._session.pages(path, params)]
        wanted = self.definition(role)["id"] if role else ""
        return [
            one
            for one in found
            if wanted in {"", one["roleDefinitionId"]}
            and scope.lower() in {"", one["scope"].lower()}
        ]

    def grant(self, *, assignee: str, role: str, scope: str) -> Resource:
        """Grant a role; what is granted already is returned as it is."""
        principal, definition = self.object_id(assignee), self.definition(role)
        name = str(uuid.uuid4())
        path = f"{_plain(scope)}{_AUTHORIZATION}/roleAssignments/{name}"
        wanted = {"roleDefinitionId": definition["id"], "principalId": principal}
        try:
            return self._shown(self._session.ask("PUT", path, body={"properties": wanted}))
        except ServerRefusedError as error:
            if error.code != _EXISTS:
                raise
            present = self.assignments(assignee=principal, role=role, scope=scope)
            if not present:
                raise
            return present[0]

    def withdraw(self, assignment_id: str) -> None:
        """Withdraw one assignment by its resource id."""
        self._session.ask("DELETE", assignment_id)

    def object_id(self, name: str) -> str:
        """Return the object id of a user name, short name, appId, servicePrincipalName or id.

        Raise ``NotFoundError``.
        """
        found = self._user(name) or self._service_principal(name) or self._by_id(name)
        if found is None:
            kind = "user or service principal"
            hint = "sealyard ad user list and sealyard ad sp list show those there are"
            raise NotFoundError(kind, name, hint)
        return found

    def _user(self, name: str) -> str | None:
        try:
            return str(self._session.ask("GET", f"/v1.0/users/{quote(name, safe='')}")["id"])
        except ServerRefusedError as error:
            if error.status != _NOT_FOUND:
                raise
            return None

    def _service_principal(self, name: str) -> str | None:
        condition = f"servicePrincipalNames/any(c:c eq {_literal(name)})"
        params = {"$filter": condition}
        found = list(self._session.pages("/v1.0/servicePrincipals", params))
        return str(found[0]["id"]) if found else None

    def _by_id(self, name: str) -> str | None:
        if not _GUID.fullmatch(name):
            return None
        body = {"ids": [name], "types": ["user", "servicePrincipal"]}
        found = self._session.ask("POST", "/v1.0/directoryObjects/getByIds", body=body)["value"]
        return str(found[0]["id"]) if found else None

    def _shown(self, resource: dict[str, Any]) -> Resource:
        found = flat(resource)
        found["roleDefinitionName"] = found.pop("roleName", None)
        return found


def _plain(scope: str) -> str:
    """Return a scope as the server writes it; az wants the slashes of a repository as ``%2F``."""
    return unquote(scope).rstrip("/")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
