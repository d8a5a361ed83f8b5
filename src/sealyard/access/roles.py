"""The built-in roles: Azure's names, ids and permission strings, and what each may do here.

A role's actions are data, decided in this one table. Owner and Contributor do everything with
images and do **not** sign: signing is ``AcrImageSigner``'s alone and comes on top of push rights.
Only Owner and User Access Administrator write role assignments; only Owner changes the directory,
because whoever can set an Owner's password is an Owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealyard.access.actions import Action
from sealyard.access.errors import RoleUnknownError


@dataclass(frozen=True, slots=True)
class Role:
    """One role. The ``…_strings`` are Azure's permission patterns, as its API shows them."""

    id: str
    name: str
    description: str
    actions: frozenset[Action]
    action_strings: tuple[str, ...]
    not_action_strings: tuple[str, ...] = ()
    data_action_strings: tuple[str, ...] = ()


_READ: Final = frozenset(
    {
        Action.PULL,
        Action.METADATA_READ,
        Action.CATALOG,
        Action.REGISTRY_READ,
        Action.ROLES_READ,
        Action.DIRECTORY_READ,
        Action.ACTIVITY_READ,
    }
)
_MANAGE: Final = _READ | {
    Action.PUSH,
    Action.DELETE,
    Action.METADATA_WRITE,
    Action.REGISTRY_WRITE,
    Action.POLICY_WRITE,
}
_REGISTRIES: Final = "Microsoft.ContainerRegistry/registries"

OWNER: Final = Role(
    id="8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    name="Owner",
    description="Manages everything and grants roles. Does not sign.",
    actions=_MANAGE | {Action.ROLES_WRITE, Action.DIRECTORY_WRITE},
    action_strings=("*",),
)
CONTRIBUTOR: Final = Role(
    id="b24988ac-6180-42a0-ab88-20f7382dd24c",
    name="Contributor",
    description="Manages everything but does not grant roles. Does not sign.",
    actions=_MANAGE,
    action_strings=("*",),
    not_action_strings=(
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action",
    ),
)
READER: Final = Role(
    id="acdd72a7-3385-48ef-bd42-f606fba81ae7",
    name="Reader",
    description="Pulls images and reads everything, but changes nothing.",
    actions=_READ,
    action_strings=("*/read",),
)
ACR_PULL: Final = Role(
    id="7f951dda-4ed3-4680-a7ca-43fe172d538d",
    name="AcrPull",
    description="Pulls images and lists them.",
    actions=frozenset({Action.PULL, Action.METADATA_READ, Action.CATALOG}),
    action_strings=(f"{_REGISTRIES}/pull/read",),
)
ACR_PUSH: Final = Role(
    id="8311e382-0749-4cb8-b61a-304f252e45ec",
    name="AcrPush",
    description="Pushes and pulls images and lists them. Does not delete.",
    actions=frozenset({Action.PULL, Action.PUSH, Action.METADATA_READ, Action.CATALOG}),
    action_strings=(f"{_REGISTRIES}/pull/read", f"{_REGISTRIES}/push/write"),
)
# Deleting by tag needs the tag's digest first, which is an attribute and not the image.
ACR_DELETE: Final = Role(
    id="c2f4ef07-c644-48eb-af81-4b1b4947fb11",
    name="AcrDelete",
    description="Deletes images. Neither pulls nor pushes.",
    actions=frozenset({Action.DELETE, Action.METADATA_READ}),
    action_strings=(f"{_REGISTRIES}/artifacts/delete",),
)
ACR_IMAGE_SIGNER: Final = Role(
    id="6cef56e8-d556-48e5-a04f-b8e64114680f",
    name="AcrImageSigner",
    description="Signs images. Publishing a signed image needs push rights besides.",
    actions=frozenset({Action.SIGN}),
    action_strings=(f"{_REGISTRIES}/sign/write",),
    data_action_strings=(f"{_REGISTRIES}/trustedCollections/write",),
)
USER_ACCESS_ADMINISTRATOR: Final = Role(
    id="18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    name="User Access Administrator",
    description="Reads everything and grants roles.",
    actions=_READ | {Action.ROLES_WRITE},
    action_strings=("*/read", "Microsoft.Authorization/*"),
)

ROLES: Final = (
    OWNER,
    CONTRIBUTOR,
    READER,
    ACR_PULL,
    ACR_PUSH,
    ACR_DELETE,
    ACR_IMAGE_SIGNER,
    USER_ACCESS_ADMINISTRATOR,
)
_BY_ID: Final = {role.id: role for role in ROLES}
_BY_NAME: Final = {role.name.lower(): role for role in ROLES}
_MAX_SHOWN: Final = 64  # characters of an unknown role that a message repeats


def role(text: str) -> Role:
    """Find a role by name or id, in any case, or by its full resource id.

    Raise ``RoleUnknownError`` otherwise.
    """
    wanted = text.rpartition("/")[2].lower()
    found = _BY_NAME.get(wanted) or _BY_ID.get(wanted)
    if found is None:
        raise RoleUnknownError(text[:_MAX_SHOWN], tuple(known.name for known in ROLES))
    return found


def roles_with(action: Action) -> tuple[str, ...]:
    """Return the names of the roles that hold ``action``, the narrowest first."""
    holding = [known for known in ROLES if action in known.actions]
    return tuple(known.name for known in sorted(holding, key=lambda known: len(known.actions)))
