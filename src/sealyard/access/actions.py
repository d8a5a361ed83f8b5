"""What can be done: the actions that roles hold, that tokens carry and that services require."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """One thing that somebody may or may not do. None of them implies another.

    Push rights do not delete, delete rights do not push, and neither signs.
    """

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    SIGN = "sign"
    METADATA_READ = "metadata_read"
    METADATA_WRITE = "metadata_write"

    CATALOG = "catalog"
    REGISTRY_READ = "registry_read"
    REGISTRY_WRITE = "registry_write"
    POLICY_WRITE = "policy_write"
    ROLES_READ = "roles_read"
    ROLES_WRITE = "roles_write"
    DIRECTORY_READ = "directory_read"
    DIRECTORY_WRITE = "directory_write"
    ACTIVITY_READ = "activity_read"


# What a token can carry for one repository. The rest is asked of the registry as a whole.
REPOSITORY_ACTIONS: Final = frozenset(
    {
        Action.PULL,
        Action.PUSH,
        Action.DELETE,
        Action.SIGN,
        Action.METADATA_READ,
        Action.METADATA_WRITE,
    }
)

# The sentence part of a refusal: "<name> may not <phrase>".
PHRASES: Final = {
    Action.PULL: "pull from",
    Action.PUSH: "push to",
    Action.DELETE: "delete from",
    Action.SIGN: "sign images of",
    Action.METADATA_READ: "read the attributes of",
    Action.METADATA_WRITE: "change the attributes of",
    Action.CATALOG: "list the repositories of",
    Action.REGISTRY_READ: "read the properties of",
    Action.REGISTRY_WRITE: "change the properties of",
    Action.POLICY_WRITE: "change the policies of",
    Action.ROLES_READ: "read the role assignments of",
    Action.ROLES_WRITE: "grant or withdraw roles in",
    Action.DIRECTORY_READ: "read the users and service principals of",
    Action.DIRECTORY_WRITE: "change the users and service principals of",
    Action.ACTIVITY_READ: "read the activity log of",
}
