"""The caller of one request: who, from where, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sealyard.access.actions import REPOSITORY_ACTIONS
from sealyard.access.errors import DeniedError, InsufficientScopeError, UnauthenticatedError
from sealyard.access.principals import ANONYMOUS, PrincipalKind
from sealyard.access.rights import NOTHING, Rights
from sealyard.access.roles import roles_with
from sealyard.access.scope_maps import action_string

if TYPE_CHECKING:
    from typing import Self

    from sealyard.access.actions import Action
    from sealyard.access.principals import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks for something.

    ``rights`` are the identity's present rights; ``access`` is what its token was given, ``None``
    where it came without one (Basic credentials, management tokens) and has all its rights.
    """

    principal: Principal
    address: str
    rights: Rights
    access: Rights | None = None

    @classmethod
    def anonymous(cls, address: str) -> Self:
        """Return the caller who has not said who it is, and who may do nothing."""
        return cls(ANONYMOUS, address, NOTHING, NOTHING)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody has signed in."""
        return self.principal is ANONYMOUS or not self.principal.object_id

    def at(self, address: str) -> Caller:
        """Return the same caller, asking from ``address``."""
        return self if self.address == address else replace(self, address=address)

    def may(self, action: Action, repository: str | None = None) -> bool:
        """Tell whether ``require`` would pass. Only for choosing what to show: never instead."""
        granted = self.access is None or self.access.allow(action, repository)
        return granted and self.rights.allow(action, repository)

    def holds(self, action: Action, repository: str | None = None) -> bool:
        """Tell whether the identity has the right, whatever its token was asked for.

        For lists that a token admits to as a whole (``registry:catalog:*``) and whose entries are
        the repositories that the identity may pull.
        """
        return self.rights.allow(action, repository)

    def require(self, action: Action, repository: str | None = None) -> None:
        """Pass if the caller may do ``action`` in ``repository`` (without one: the registry).

        Raise ``UnauthenticatedError`` (nobody signed in), ``DeniedError`` (the identity may not)
        or ``InsufficientScopeError`` (it may, but its token was not asked to).
        """
        if self.may(action, repository):
            return
        if self.is_anonymous:
            raise UnauthenticatedError(action, repository)
        if not self.holds(action, repository):
            reason = self._reason(action, repository)
            name, roles = self.principal.name, roles_with(action)
            raise DeniedError(name, action, repository, roles, reason)
        raise InsufficientScopeError(action, repository)

    def _reason(self, action: Action, repository: str | None) -> str:
        """Return what those lack who can be given no role; empty for all others."""
        match self.principal.kind:
            case PrincipalKind.SCOPED_TOKEN if repository and action in REPOSITORY_ACTIONS:
                needed = action_string(action, repository)
                return f"the scope map of this token has no {needed}"
            case PrincipalKind.SCOPED_TOKEN:
                return "a scoped token is for repositories alone"
            case PrincipalKind.ADMIN_USER:
                return "the admin user never can; sign in as a user with the right role"
            case _:
                return ""
