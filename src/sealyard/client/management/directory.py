"""Users and service principals of the registry's directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sealyard.client.errors import NotFoundError, ServerRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealyard.client.management.session import Session

Entry = dict[str, Any]
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class WantedSecret:
    """A secret to be made: how it is shown, and until when (RFC 3339; a year if not said)."""

    display_name: str = ""
    end: str = ""

    def body(self) -> dict[str, str]:
        """Return it as the server takes it."""
        found = {"displayName": self.display_name, "endDateTime": self.end}
        return {name: value for name, value in found.items() if value}


class Users:
    """Users as this caller sees and changes them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def everything(self, *, prefix: str = "") -> list[Entry]:
        """Return users by name, those whose display name begins with ``prefix``."""
        return list(self._session.pages("/v1.0/users", _prefixed(prefix)))

    def show(self, name: str) -> Entry:
        """Return a user by name, short name or object id; raise ``NotFoundError``."""
        return self._ask("GET", name)

    def me(self) -> Entry:
        """Return the user who is signed in."""
        found: Entry = self._session.ask("GET", "/v1.0/me")
        return found

    def change_own_password(self, current: str, wanted: str) -> None:
        """Change the password of the user who is signed in; every sign-in ends with it."""
        body = {"currentPassword": current, "newPassword": wanted}
        self._session.ask("POST", "/v1.0/me/changePassword", body=body)

    def create(self, name: str, *, display_name: str, password: str | None) -> Entry:
        """Make a user; without a password one is made up and is in what is returned."""
        body: Entry = {"userPrincipalName": name, "displayName": display_name}
        body["accountEnabled"] = True
        if password is not None:
            body["passwordProfile"] = {"password": password}
        found: Entry = self._session.ask("POST", "/v1.0/users", body=body)
        return found

    def change(self, name: str, body: Entry) -> Entry | None:
        """Change what ``body`` names (Graph's fields); return a password that was made up."""
        return self._ask("PATCH", name, body) or None

    def delete(self, name: str) -> None:
        """Delete a user."""
        self._ask("DELETE", name)

    def _ask(self, method: str, name: str, body: Entry | None = None) -> Entry:
        missing = NotFoundError("user", name)
        return _found(self._session, method, f"/v1.0/users/{_part(name)}", missing, body)


class ServicePrincipals:
    """Service principals as this caller sees and changes them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def everything(self, *, prefix: str = "") -> list[Entry]:
        """Return them by object id, those whose display name begins with ``prefix``."""
        return list(self._session.pages("/v1.0/servicePrincipals", _prefixed(prefix)))

    def show(self, name: str) -> Entry:
        """Return one by appId, object id or servicePrincipalName; raise ``NotFoundError``."""
        return self._ask("GET", name)

    def create_for_rbac(
        self, name: str, *, role: str, scopes: Sequence[str], secret: WantedSecret
    ) -> Entry:
        """Make one with a secret and roles, all or nothing."""
        body: Entry = {"displayName": name, "passwordCredential": secret.body()}
        if role:
            body |= {"role": role, "scopes": list(scopes)}
        path = "/v1.0/servicePrincipals/sealyard.createForRbac"
        found: Entry = self._session.ask("POST", path, body=body)
        return found

    def delete(self, name: str) -> None:
        """Delete one with its application, secrets and roles."""
        self._ask("DELETE", name)

    def reset_secret(self, name: str, secret: WantedSecret, *, append: bool) -> Entry:
        """Replace all secrets by a new one, or ``append`` one; return it with its text."""
        action = "/addPassword" if append else "/sealyard.resetPassword"
        return self._ask("POST", name, action, {"passwordCredential": secret.body()})

    def delete_secret(self, name: str, key_id: str) -> None:
        """Delete one secret."""
        self._ask("POST", name, "/removePassword", {"keyId": key_id})

    def _ask(self, method: str, name: str, action: str = "", body: Entry | None = None) -> Entry:
        path = f"/v1.0/servicePrincipals/{_part(self._object_id(name))}{action}"
        missing = NotFoundError("service principal", name)
        return _found(self._session, method, path, missing, body)

    def _object_id(self, name: str) -> str:
        """Return what can stand in a path: a servicePrincipalName may hold slashes."""
        if "/" not in name:
            return name
        literal = name.replace("'", "''")
        params = {"$filter": f"servicePrincipalNames/any(c:c eq '{literal}')"}
        found = list(self._session.pages("/v1.0/servicePrincipals", params))
        return str(found[0]["id"]) if found else name


def _found(
    session: Session, method: str, path: str, missing: NotFoundError, body: Entry | None = None
) -> Entry:
    try:
        return session.ask(method, path, body=body) or {}
    except ServerRefusedError as error:
        if error.status == _NOT_FOUND:
            raise missing from error
        raise


def _part(name: str) -> str:
    return quote(name, safe="")


def _prefixed(prefix: str) -> dict[str, str]:
    literal = prefix.replace("'", "''")
    return {"$filter": f"startswith(displayName,'{literal}')"} if prefix else {}
