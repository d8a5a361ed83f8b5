"""Users, service principals and groups of the registry's directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
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

    path: ClassVar = "/v1.0/servicePrincipals"
    kind: ClassVar = "service principal"

    def __init__(self, session: Session) -> None:
        self._session = session

    def everything(self, *, prefix: str = "") -> list[Entry]:
        """Return them by object id, those whose display name begins with ``prefix``."""
        return list(self._session.pages(self.path, _prefixed(prefix)))

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
        path = f"{self.path}/{_part(self._object_id(name))}{action}"
        return _found(self._session, method, path, NotFoundError(self.kind, name), body)

    def _object_id(self, name: str) -> str:
        """Return what can stand in a path: a servicePrincipalName may hold slashes."""
        if "/" not in name:
            return name
        literal = name.replace("'", "''")
        params = {"$filter": f"servicePrincipalNames/any(c:c eq '{literal}')"}
        found = list(self._session.pages(self.path, params))
        return str(found[0]["id"]) if found else name


class Applications(ServicePrincipals):
    """Applications: the same machines, by what they are given to sign in with."""

    path: ClassVar = "/v1.0/applications"
    kind: ClassVar = "application"

    def create(self, name: str, *, uris: Sequence[str]) -> Entry:
        """Make an application with its service principal, without a secret."""
        body: Entry = {"displayName": name, "identifierUris": list(uris)}
        found: Entry = self._session.ask("POST", self.path, body=body)
        return found

    def change(self, name: str, body: Entry) -> None:
        """Change what ``body`` names (Graph's fields)."""
        self._ask("PATCH", name, body=body)

    def add_certificate(self, name: str, pem: bytes, *, display_name: str, append: bool) -> None:
        """Let the key of a certificate sign in, besides those that may, or in their place."""
        lines = pem.decode("ascii", "replace").partition("-----BEGIN CERTIFICATE-----")[2]
        key = "".join(lines.partition("-----END")[0].split())
        kept = self.show(name)["keyCredentials"] if append else []
        self.change(name, {"keyCredentials": [*kept, {"key": key, "displayName": display_name}]})

    def delete_certificate(self, name: str, key_id: str) -> None:
        """Take a certificate's right to sign in; raise ``NotFoundError``."""
        present = self.show(name)["keyCredentials"]
        kept = [one for one in present if one["keyId"] != key_id]
        if len(kept) == len(present):
            kind = "certificate"
            raise NotFoundError(kind, key_id)
        self.change(name, {"keyCredentials": kept})


class Groups:
    """Groups as this caller sees and changes them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def everything(self, *, prefix: str = "") -> list[Entry]:
        """Return groups by name, those whose name begins with ``prefix``."""
        return list(self._session.pages("/v1.0/groups", _prefixed(prefix)))

    def show(self, name: str) -> Entry:
        """Return a group by name or object id; raise ``NotFoundError``."""
        return self._ask("GET", name)

    def create(self, name: str, *, mail_nickname: str, description: str) -> Entry:
        """Make a group; one that is there already is returned as it is."""
        present = self._session.pages("/v1.0/groups", {"$filter": f"displayName eq {_text(name)}"})
        for found in present:
            return dict(found)
        body: Entry = {"displayName": name, "mailNickname": mail_nickname}
        body |= {"description": description, "mailEnabled": False, "securityEnabled": True}
        made: Entry = self._session.ask("POST", "/v1.0/groups", body=body)
        return made

    def delete(self, name: str) -> None:
        """Delete a group with its roles."""
        self._ask("DELETE", name)

    def members(self, name: str) -> list[Entry]:
        """Return who is in a group; raise ``NotFoundError``."""
        group = self.show(name)["id"]
        return list(self._session.pages(f"/v1.0/groups/{group}/members"))

    def add_member(self, name: str, member_id: str) -> None:
        """Put somebody into a group."""
        reference = f"{self._session.profile.server}/v1.0/directoryObjects/{_part(member_id)}"
        self._ask("POST", name, "/members/$ref", {"@odata.id": reference})

    def remove_member(self, name: str, member_id: str) -> None:
        """Take somebody out of a group."""
        self._ask("DELETE", name, f"/members/{_part(member_id)}/$ref")

    def has_member(self, name: str, member_id: str) -> bool:
        """Tell whether somebody is in a group; raise ``NotFoundError``."""
        group = self.show(name)["id"]
        path = f"/v1.0/directoryObjects/{_part(member_id)}/checkMemberGroups"
        missing = NotFoundError("directory object", member_id)
        found = _found(self._session, "POST", path, missing, {"groupIds": [group]})
        return group in found["value"]

    def of_user(self, name: str) -> list[Entry]:
        """Return the groups that a user is in, id and name; raise ``NotFoundError``."""
        path = f"/v1.0/users/{_part(name)}/getMemberGroups"
        missing = NotFoundError("user", name)
        body = {"securityEnabledOnly": False}
        ids = _found(self._session, "POST", path, missing, body)["value"]
        wanted = {"ids": ids, "types": ["group"]}
        found = self._session.ask("POST", "/v1.0/directoryObjects/getByIds", body=wanted)["value"]
        names = {one["id"]: one["displayName"] for one in found}
        return [{"id": one, "displayName": names.get(one)} for one in ids]

    def _ask(self, method: str, name: str, action: str = "", body: Entry | None = None) -> Entry:
        path = f"/v1.0/groups/{_part(name)}{action}"
        return _found(self._session, method, path, NotFoundError("group", name), body)


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
    return {"$filter": f"startswith(displayName,{_text(prefix)})"} if prefix else {}


def _text(text: str) -> str:
    """Write a text as OData has it."""
    return "'" + text.replace("'", "''") + "'"
