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

    def assignments(
        self,
        *,
        assignee: str = "",
        role: str = "",
        scope: str = "",
        inherited: bool = False,
        through_groups: bool = False,
    ) -> list[Resource]:
        """Return the assignments to ``assignee`` of ``role`` at exactly ``scope``; empty: all.

        With ``inherited`` those that hold above the scope as well, with ``through_groups`` those
        of the groups that the assignee is in.
        """
        scope = _plain(scope)
        path = f"{scope or self._session.subscription}{_AUTHORIZATION}/roleAssignments"
        params = {}
        if assignee:
            holder = self.object_id(assignee)
            params["$filter"] = (
                f"assignedTo('{holder}')" if through_groups else f"principalId eq '{holder}'"
            )
        elif scope:
            params["$filter"] = "atScope()"
        found = [self._shown(one) for one in self._session.pages(path, params)]
        wanted = self.definition(role)["id"] if role else ""
        return [
            one
            for one in found
            if wanted in {"", one["roleDefinitionId"]}
            and _is_at(one["scope"], scope, inherited=inherited)
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
        """Return the object id of a user, service principal or group, by any name or id.

        Raise ``NotFoundError``.
        """
        found = (
            self._user(name)
            or self._service_principal(name)
            or self._by_id(name)
            or self._group(name)
        )
        if found is None:
            kind = "user, service principal or group"
            hint = "sealyard ad user list, ad sp list and ad group list show those there are"
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
        body = {"ids": [name], "types": ["user", "servicePrincipal", "group"]}
        found = self._session.ask("POST", "/v1.0/directoryObjects/getByIds", body=body)["value"]
        return str(found[0]["id"]) if found else None

    def _group(self, name: str) -> str | None:
        params = {"$filter": f"displayName eq {_literal(name)}"}
        found = list(self._session.pages("/v1.0/groups", params))
        return str(found[0]["id"]) if found else None

    def _shown(self, resource: dict[str, Any]) -> Resource:
        found = flat(resource)
        found["roleDefinitionName"] = found.pop("roleName", None)
        return found


def _plain(scope: str) -> str:
    """Return a scope as the server writes it; az wants the slashes of a repository as ``%2F``."""
    return unquote(scope).rstrip("/")


def _is_at(held: str, scope: str, *, inherited: bool) -> bool:
    """Tell whether a role that is held at ``held`` is asked for, as az has it."""
    wanted, here = scope.lower(), held.lower()
    return wanted in {"", here} or (inherited and wanted.startswith(here + "/"))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
