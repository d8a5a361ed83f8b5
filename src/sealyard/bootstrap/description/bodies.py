"""Which JSON a handler reads: its name, and the type that its body is decoded as."""

from __future__ import annotations

from typing import Any, Final

from sealyard.api.attributes.routes import WantedAttributes
from sealyard.api.directory.groups import AskedGroups, ChangedGroup, Reference, WantedGroup
from sealyard.api.directory.objects import WantedObjects
from sealyard.api.directory.own_password import ChangedPassword
from sealyard.api.directory.principal_secrets import AddedPassword, RemovedPassword, WantedForRbac
from sealyard.api.directory.principals import ChangedPrincipal, NewApplication, WantedPrincipal
from sealyard.api.directory.users import ChangedUser, NewUser
from sealyard.api.management.admin_user import RenewedPassword
from sealyard.api.management.registries import AskedName, WantedRegistry
from sealyard.api.management.roles import WantedAssignmentBody
from sealyard.api.management.scope_maps import ChangedMapBody, WantedMapBody
from sealyard.api.management.scoped_tokens import WantedPasswords, WantedTokenBody

JSON: Final[dict[str, Any]] = {
    "AttributesDoor.lock_manifest": WantedAttributes,
    "AttributesDoor.lock": WantedAttributes,
    "AttributesDoor.lock_tag": WantedAttributes,
    "AdminUserCredentials.renew": RenewedPassword,
    "DirectoryObjects.by_ids": WantedObjects,
    "Groups.add_member": Reference,
    "Groups.change": ChangedGroup,
    "Groups.create": WantedGroup,
    "Groups.within": AskedGroups,
    "OwnPassword.change": ChangedPassword,
    "PrincipalSecrets.add": AddedPassword,
    "PrincipalSecrets.create_for_rbac": WantedForRbac,
    "PrincipalSecrets.remove": RemovedPassword,
    "PrincipalSecrets.reset": AddedPassword,
    "Registries.change": WantedRegistry,
    "Registries.check_name": AskedName,
    "Registries.create": WantedRegistry,
    "Roles.grant": WantedAssignmentBody,
    "ScopeMaps.change": ChangedMapBody,
    "ScopeMaps.put": WantedMapBody,
    "ScopedTokens.change": WantedTokenBody,
    "ScopedTokens.put": WantedTokenBody,
    "ScopedTokens.generate": WantedPasswords,
    "ServicePrincipals.change": ChangedPrincipal,
    "ServicePrincipals.create": NewApplication,
    "ServicePrincipals.find_by_app_id": WantedPrincipal,
    "Users.change": ChangedUser,
    "Users.create": NewUser,
}

# Handlers that read a form, with the fields that they know.
FORMS: Final[dict[str, tuple[str, ...]]] = {
    "SignInDoor.device_code": ("client_id", "scope"),
    "SignInDoor.revoke": ("token",),
    "SignInDoor.token": (
        "grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type",
        "username", "password", "refresh_token", "device_code", "code", "code_verifier",
        "redirect_uri", "scope", "resource",
    ),
    "SignInPages.decide": ("user_code", "username", "password", "decision"),
    "SignInPages.sign_in": (
        "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
        "code_challenge", "code_challenge_method", "username", "password",
    ),
    "TokenDoor.exchange": ("grant_type", "service", "tenant", "access_token"),
    "TokenDoor.post": (
        "grant_type", "service", "scope", "client_id", "username", "password", "refresh_token",
        "access_token", "access_type",
    ),
}  # fmt: skip
