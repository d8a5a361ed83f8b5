"""Directory objects as Microsoft Graph shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sealyard.db.groups import Group
from sealyard.db.users import User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sealyard.db.certificates import PrincipalCertificate
    from sealyard.db.credentials import Credential
    from sealyard.db.service_principals import ServicePrincipal
    from sealyard.services.directory.identities import DirectoryObject
    from sealyard.services.directory.principal_secrets import CreatedSecret

USER_TYPE: Final = "#microsoft.graph.user"
SERVICE_PRINCIPAL_TYPE: Final = "#microsoft.graph.servicePrincipal"
GROUP_TYPE: Final = "#microsoft.graph.group"

Shape = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """Write an instant as Graph does, in UTC."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def user(row: User) -> Shape:
    """Show a user."""
    return {
        "id": row.object_id,
        "userPrincipalName": row.user_principal_name,
        "displayName": row.display_name,
        "mailNickname": row.short_name,
        "accountEnabled": row.enabled,
        "createdDateTime": moment(row.created_at),
    }


def group(row: Group) -> Shape:
    """Show a group."""
    return {
        "id": row.object_id,
        "displayName": row.display_name,
        "mailNickname": row.mail_nickname,
        "description": row.description or None,
        "mailEnabled": False,
        "securityEnabled": True,
        "groupTypes": [],
        "createdDateTime": moment(row.created_at),
    }


def directory_object(row: DirectoryObject) -> Shape:
    """Show whatever it is, with its type."""
    if isinstance(row, User):
        return {"@odata.type": USER_TYPE, **user(row)}
    if isinstance(row, Group):
        return {"@odata.type": GROUP_TYPE, **group(row)}
    return {"@odata.type": SERVICE_PRINCIPAL_TYPE, **service_principal(row)}


def service_principal(
    row: ServicePrincipal,
    secrets: Sequence[Credential] = (),
    keys: Sequence[PrincipalCertificate] = (),
) -> Shape:
    """Show a service principal, with the names and ends of ``secrets`` and never their text."""
    return {
        "id": row.object_id,
        "appId": row.app_id,
        "appDisplayName": row.display_name,
        "displayName": row.display_name,
        "servicePrincipalNames": row.names,
        "servicePrincipalType": "Application",
        "accountEnabled": row.enabled,
        "createdDateTime": moment(row.created_at),
        "passwordCredentials": [password_credential(one) for one in secrets],
        "keyCredentials": [key_credential(one) for one in keys],
    }


def application(
    row: ServicePrincipal,
    secrets: Sequence[Credential] = (),
    keys: Sequence[PrincipalCertificate] = (),
) -> Shape:
    """Show the application that Graph keeps apart from its service principal."""
    return {
        "id": row.application_id,
        "appId": row.app_id,
        "displayName": row.display_name,
        "identifierUris": [name for name in row.names if name != row.app_id],
        "createdDateTime": moment(row.created_at),
        "passwordCredentials": [password_credential(one) for one in secrets],
        "keyCredentials": [key_credential(one) for one in keys],
    }


def key_credential(row: PrincipalCertificate) -> Shape:
    """Show a certificate by its thumbprint."""
    return {
        "keyId": row.key_id,
        "displayName": row.display_name,
        "customKeyIdentifier": row.sha1.upper(),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "startDateTime": moment(row.starts_at),
        "endDateTime": moment(row.expires_at),
        "key": None,
    }


def password_credential(row: Credential) -> Shape:
    """Show a secret without its text."""
    return {
        "keyId": row.key_id,
        "displayName": row.display_name,
        "hint": row.hint,
        "startDateTime": moment(row.created_at),
        "endDateTime": moment(row.expires_at),
        "secretText": None,
    }


def created_secret(made: CreatedSecret) -> Shape:
    """Show a secret with its text, this once."""
    return {**password_credential(made.credential), "secretText": made.text}
