"""Resources as the Azure Resource Manager shows them.

az reads these fields; where it breaks without one, the field says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sealyard.access.assignments import AssignmentScope
from sealyard.api.management.fixed import fixed_policies

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.access.roles import Role
    from sealyard.db.registry import RegistryRecord
    from sealyard.db.usage import Usage
    from sealyard.services.directory.role_assignments import HeldRole

RESOURCE_GROUP: Final = "sealyard"
LOCATION: Final = "local"
REGISTRIES: Final = "Microsoft.ContainerRegistry/registries"
_AUTHORIZATION: Final = "Microsoft.Authorization"

Shape = dict[str, Any]


def moment(at: datetime) -> str:
    """Write an instant as Azure does, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def subscription_id(record: RegistryRecord) -> str:
    """Return the resource id of the one subscription."""
    return f"/subscriptions/{record.subscription_id}"


def tenant(record: RegistryRecord) -> Shape:
    """Show the directory."""
    return {
        "id": f"/tenants/{record.tenant_id}",
        "tenantId": record.tenant_id,
        "displayName": record.name,
        "defaultDomain": f"{record.name}.local",
        "tenantCategory": "Home",
    }


def subscription(record: RegistryRecord) -> Shape:
    """Show the one subscription; az refuses to sign in to a directory that has none."""
    return {
        "id": subscription_id(record),
        "subscriptionId": record.subscription_id,
        "displayName": record.name,
        "state": "Enabled",
        "tenantId": record.tenant_id,
    }


def resource_group(record: RegistryRecord) -> Shape:
    """Show the one resource group."""
    return {
        "id": f"{subscription_id(record)}/resourceGroups/{RESOURCE_GROUP}",
        "name": RESOURCE_GROUP,
        "type": "Microsoft.Resources/resourceGroups",
        "location": LOCATION,
        "properties": {"provisioningState": "Succeeded"},
    }


def generic_resource(record: RegistryRecord) -> Shape:
    """Show the registry as one line of the list of all resources."""
    return {
        "id": record.resource_id,
        "name": record.name,
        "type": REGISTRIES,
        "location": LOCATION,
        "sku": _SKU,
    }


# Policies are shown for Premium only, and `az acr login` breaks without a sku.
_SKU: Final = {"name": "Premium", "tier": "Premium"}


def registry(record: RegistryRecord, login_server: str) -> Shape:
    """Show the registry; az finds the data plane by its ``loginServer``."""
    status = "enabled" if record.content_trust else "disabled"
    return {
        **generic_resource(record),
        "tags": record.tags,
        "properties": {
            "loginServer": login_server,
            "creationDate": moment(record.created_at),
            "provisioningState": "Succeeded",
            "adminUserEnabled": record.admin_user,
            "anonymousPullEnabled": record.anonymous_pull,
            "publicNetworkAccess": "Enabled",
            "zoneRedundancy": "Disabled",
            # No host besides the login server: az asks for storage that there is not otherwise.
            "dataEndpointEnabled": True,
            "dataEndpointHostNames": [],
            "policies": {"trustPolicy": {"type": "Notary", "status": status}, **fixed_policies()},
        },
    }


def usages(found: Usage) -> Shape:
    """Show how much there is; nothing but the disk is a limit."""
    figures = (
        ("Size", found.size, "Bytes"),
        ("Repositories", found.repositories, "Count"),
        ("Manifests", found.manifests, "Count"),
        ("Tags", found.tags, "Count"),
    )
    return {
        "value": [
            {"name": name, "limit": None, "currentValue": value, "unit": unit}
            for name, value, unit in figures
        ]
    }


def role_definition_id(record: RegistryRecord, role: Role) -> str:
    """Return a role's id: always the subscription's form, az compares it as a text."""
    kind = f"{_AUTHORIZATION}/roleDefinitions"
    return f"{subscription_id(record)}/providers/{kind}/{role.id}"


def role_definition(record: RegistryRecord, role: Role) -> Shape:
    """Show a role."""
    return {
        "id": role_definition_id(record, role),
        "name": role.id,
        "type": f"{_AUTHORIZATION}/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [
                {
                    "actions": role.action_strings,
                    "notActions": role.not_action_strings,
                    "dataActions": role.data_action_strings,
                    "notDataActions": [],
                }
            ],
        },
    }


def role_assignment(record: RegistryRecord, held: HeldRole) -> Shape:
    """Show a role assignment; its two names are ours: Azure's clients look them up."""
    row = held.assignment
    scope = AssignmentScope(row.repository).resource_id(record.resource_id)
    kind = f"{_AUTHORIZATION}/roleAssignments"
    return {
        "id": f"{scope}/providers/{kind}/{row.id}",
        "name": row.id,
        "type": kind,
        "properties": {
            "roleDefinitionId": role_definition_id(record, held.role),
            "roleName": held.role.name,
            "principalId": row.object_id,
            "principalName": held.principal.name,
            "principalType": held.principal.kind.value,
            "scope": scope,
            "createdOn": moment(row.created_at),
            "updatedOn": moment(row.created_at),
            "createdBy": row.created_by,
            "updatedBy": row.created_by,
        },
    }
