"""Role assignments: which principal holds which role, in the registry or in one repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from sealyard.access.errors import InvalidScopeError

if TYPE_CHECKING:
    from sealyard.access.roles import Role

_REPOSITORIES: Final = "/repositories/"
_MAX_SCOPE: Final = 1024
_MAX_REPOSITORY_NAME: Final = 255
# OCI Distribution 1.1, "Pulling manifests": the grammar of <name>.
_REPOSITORY_NAME = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)


def is_repository_name(text: str) -> bool:
    """Tell whether ``text`` can be a repository's name."""
    return len(text) <= _MAX_REPOSITORY_NAME and _REPOSITORY_NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AssignmentScope:
    """Where a role holds: in the whole registry (``repository`` is ``None``) or one repository.

    The text form is a resource id: the registry's, or that plus ``/repositories/<name>``.
    """

    repository: str | None = None

    @classmethod
    def parse(cls, text: str, registry_id: str) -> Self:
        """Read a resource id of this registry, in any case; raise ``InvalidScopeError``."""
        scope = text.rstrip("/")
        if len(scope) > _MAX_SCOPE:
            raise InvalidScopeError(scope[:64], "it is too long")
        if scope.lower() == registry_id.lower():
            return cls()
        start = registry_id + _REPOSITORIES
        name = scope[len(start) :]
        if not scope.lower().startswith(start.lower()) or not is_repository_name(name):
            reason = f"roles are granted on {registry_id} or on {start}<repository>"
            raise InvalidScopeError(scope, reason)
        return cls(name)

    def resource_id(self, registry_id: str) -> str:
        """Return the text form."""
        if self.repository is None:
            return registry_id
        return registry_id + _REPOSITORIES + self.repository


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role held by one principal at one scope."""

    principal_id: str
    role: Role
    scope: AssignmentScope
