"""The access branch of the error tree: the caller may not, or did not say who it is.

::

    AccessError
    ├── InvalidCredentialsError   the name or the secret is wrong (never says which)
    │   └── SecretExpiredError    the secret was right and has ended: told to nobody else
    ├── InvalidTokenError         a token that is malformed, expired, revoked or somebody else's
    ├── UnauthenticatedError      nobody has signed in, and this needs somebody
    ├── InsufficientScopeError    the identity may, but this token was not asked to
    ├── DeniedError               the identity may not
    │   └── GrantTooWideError     nobody gives a token more than they hold
    ├── InvalidScopeError         a scope, of a token or of an assignment, that means nothing here
    ├── InvalidNameError          not a name that a user or service principal can have
    └── RoleUnknownError          there is no such role
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import PHRASES
from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.access.actions import Action


class AccessError(SealyardError):
    """The caller may not do what it asked for."""


class InvalidCredentialsError(AccessError):
    """The name or the secret is wrong, or the account is disabled: the caller never learns which.

    ``str()`` is the same sentence for all of them, so that accounts cannot be found by guessing.
    """

    def __init__(self) -> None:
        super().__init__(
            "the user name or password is wrong; sign in with a user name and its password, a "
            "service principal's appId and secret, or to the registry with a token's name and "
            "password"
        )


class SecretExpiredError(InvalidCredentialsError):
    """A secret that the registry made up is right, but ended at ``ended``.

    Only who holds it learns that, and nobody can guess it.
    """

    def __init__(self, ended: datetime) -> None:
        AccessError.__init__(
            self,
            f"this secret expired at {ended:%Y-%m-%dT%H:%M:%SZ}; have a new one made: az ad sp "
            "credential reset, or az acr token credential generate for a token",
        )
        self.ended = ended


class InvalidTokenError(AccessError):
    """The token is not, or no longer, one of ours; ``reason`` is for logs and tests."""

    def __init__(self, reason: str, hint: str = "sign in again") -> None:
        super().__init__(f"the token is not valid ({reason}); {hint}")
        self.reason = reason


class _RefusedActionError(AccessError):
    """What the three refusals share: which action, on which repository (``None``: registry)."""

    def __init__(self, message: str, action: Action, repository: str | None) -> None:
        super().__init__(message)
        self.action = action
        self.repository = repository


class UnauthenticatedError(_RefusedActionError):
    """Nobody has signed in."""

    def __init__(self, action: Action, repository: str | None) -> None:
        super().__init__("authentication required; sign in first", action, repository)


class InsufficientScopeError(_RefusedActionError):
    """The identity may do it, but its token does not carry the action; ask for one that does."""

    def __init__(self, action: Action, repository: str | None) -> None:
        message = f"the token does not carry {action} for {_place(repository)}; ask for one with it"
        super().__init__(message, action, repository)


class DeniedError(_RefusedActionError):
    """The identity may not. ``roles`` are the names of the roles any of which would let it.

    ``reason`` takes the place of the sentence about roles, for who cannot be given one.
    """

    def __init__(
        self,
        name: str,
        action: Action,
        repository: str | None,
        roles: tuple[str, ...],
        reason: str = "",
    ) -> None:
        told = reason or (f"that needs the role {' or '.join(roles)}, which an Owner can grant")
        super().__init__(
            f"{name} may not {PHRASES[action]} {_place(repository)}: {told}", action, repository
        )
        self.name = name
        self.roles = roles


class GrantTooWideError(DeniedError):
    """Somebody would give a token more than it holds itself; ``lacking`` is the first such."""

    def __init__(self, name: str, lacking: str, action: Action, repository: str | None) -> None:
        reason = (
            f"a token with {lacking} needs somebody who holds that too, or an Owner or "
            "User Access Administrator"
        )
        super().__init__(name, action, repository, (), reason)
        self.lacking = lacking


class InvalidScopeError(AccessError):
    """A scope that cannot be read, or that names nothing of this registry."""

    def __init__(self, scope: str, reason: str) -> None:
        super().__init__(f"{scope!r} is not a scope: {reason}")
        self.scope = scope
        self.reason = reason


class InvalidNameError(AccessError):
    """A name, id or secret that no user or service principal can have. Never shows a secret."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"the {what} cannot be used: {reason}")
        self.what = what
        self.reason = reason


class RoleUnknownError(AccessError):
    """There is no such role; ``known`` are the names of those there are."""

    def __init__(self, role: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no role {role!r}; the roles are {', '.join(known)}")
        self.role = role
        self.known = known


def _place(repository: str | None) -> str:
    return "this registry" if repository is None else f"repository {repository}"
