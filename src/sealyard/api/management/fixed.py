"""The properties that Azure's registries have and this one has as they are: nobody changes them.

To ask for the value that they have is no error, so that scripts which set everything go through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sealyard.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NETWORK: Final = "who may reach it is for the network to say: --listen, and a firewall"
_ONE_SERVER: Final = "this server is one registry in one place"
_DELETED: Final = "what is deleted is gone; a lock keeps an image from being deleted at all"

# Where it is, what it is, and why it stays so.
_FIXED: Final = (
    ("publicNetworkAccess", "Enabled", _NETWORK),
    ("networkRuleSet.defaultAction", "Allow", _NETWORK),
    ("networkRuleBypassOptions", "AzureServices", _NETWORK),
    ("dataEndpointEnabled", True, "all data comes from the login server"),
    ("zoneRedundancy", "Disabled", _ONE_SERVER),
    ("regionalEndpoints", "Disabled", _ONE_SERVER),
    ("metadataSearch", "Disabled", "there is no search of metadata"),
    ("roleAssignmentMode", "LegacyRegistryPermissions", "conditions of roles are not known here"),
    ("encryption.status", "disabled", "the key that seals secrets is a setting of the server"),
    ("policies.quarantinePolicy.status", "disabled", "images are pulled as soon as they are there"),
    ("policies.retentionPolicy.status", "disabled", "manifests without a tag are kept"),
    ("policies.softDeletePolicy.status", "disabled", _DELETED),
    ("policies.exportPolicy.status", "enabled", "who may pull an image can copy it"),
    (
        "policies.azureADAuthenticationAsArmPolicy.status",
        "enabled",
        "tokens of the management API are exchanged for the registry's",
    ),
)


def require_unchanged(properties: Mapping[str, Any]) -> None:
    """Pass if ``properties`` ask for nothing that cannot be had; raise ``ConflictError``."""
    for path, value, reason in _FIXED:
        wanted = _found(properties, path)
        if wanted is not None and str(wanted).lower() != str(value).lower():
            shown = str(value).lower() if isinstance(value, bool) else value
            message = f"{path} is {shown} and cannot be changed: {reason}"
            raise ConflictError(message)


def fixed_policies() -> dict[str, Any]:
    """Return the policies that stay as they are, as Azure shows them."""
    return {
        "quarantinePolicy": {"status": "disabled"},
        "retentionPolicy": {"days": 7, "status": "disabled"},
        "exportPolicy": {"status": "enabled"},
        "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
        "softDeletePolicy": {"retentionDays": 7, "status": "disabled"},
    }


def _found(properties: Mapping[str, Any], path: str) -> object:
    value: Any = properties
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
