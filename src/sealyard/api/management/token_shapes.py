"""Scope maps, tokens and their credentials as the Azure Resource Manager shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.api.management.shapes import REGISTRIES, Shape, moment
from sealyard.services.directory.scope_maps import is_system_map

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sealyard.db.registry import RegistryRecord
    from sealyard.db.scope_maps import ScopeMap
    from sealyard.services.directory.admin_user import AdminCredentials
    from sealyard.services.directory.scoped_tokens import CreatedPassword, ShownToken

SCOPE_MAPS: Final = "scopeMaps"
TOKENS: Final = "tokens"


def scope_map(record: RegistryRecord, found: ScopeMap) -> Shape:
    """Show a scope map."""
    return {
        **_resource(record, SCOPE_MAPS, found.name),
        "properties": {
            "description": found.description,
            "type": "SystemDefined" if is_system_map(found.name) else "UserDefined",
            "creationDate": moment(found.created_at),
            "provisioningState": "Succeeded",
            "actions": found.actions,
        },
    }


def token(record: RegistryRecord, found: ShownToken) -> Shape:
    """Show a token: of its passwords the names and ends, never the passwords."""
    passwords = [
        {
            "name": held.display_name,
            "creationTime": moment(held.created_at),
            **_end(held.expires_at),
        }
        for held in found.passwords
    ]
    return {
        **_resource(record, TOKENS, found.token.name),
        "properties": {
            "creationDate": moment(found.token.created_at),
            "provisioningState": "Succeeded",
            "scopeMapId": f"{record.resource_id}/{SCOPE_MAPS}/{found.scope_map}",
            "status": "enabled" if found.token.enabled else "disabled",
            "credentials": {"certificates": [], "passwords": passwords},
        },
    }


def generated(username: str, made: Sequence[CreatedPassword]) -> Shape:
    """Show passwords that were just made, this once."""
    passwords = [
        {
            "name": one.credential.display_name,
            "value": one.text,
            "creationTime": moment(one.credential.created_at),
            **_end(one.credential.expires_at),
        }
        for one in made
    ]
    return {"username": username, "passwords": passwords}


def admin_credentials(found: AdminCredentials) -> Shape:
    """Show the admin user's passwords."""
    passwords = [{"name": name, "value": value} for name, value in found.passwords.items()]
    return {"username": found.username, "passwords": passwords}


def _resource(record: RegistryRecord, kind: str, name: str) -> Shape:
    return {
        "id": f"{record.resource_id}/{kind}/{name}",
        "name": name,
        "type": f"{REGISTRIES}/{kind}",
    }


def _end(expires_at: datetime | None) -> Shape:
    """Without an end the field is left out: az's tables then say that it never ends."""
    return {} if expires_at is None else {"expiry": moment(expires_at)}
