"""Accounts of the registry alone: scoped tokens and the admin user.

They sign in where images are, and nowhere else: they hold no roles, administer nothing and are not
in the directory. What they may do is their scope map's or, for the admin user, fixed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.access.principals import Principal, PrincipalKind
from sealyard.access.rights import NOTHING, Rights
from sealyard.access.scope_maps import (
    SYSTEM_SCOPE_MAPS,
    ScopeMapAction,
    parse_actions,
    rights_of,
)
from sealyard.db.admin_user import AdminUserStore
from sealyard.db.registry import RegistryStore
from sealyard.db.scope_maps import ScopeMapStore
from sealyard.db.scoped_tokens import ScopedToken, ScopedTokenStore
from sealyard.db.users import UserStore
from sealyard.errors import ConflictError

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Never SIGN: whoever reads the admin user's passwords could sign as nobody in particular.
ADMIN_RIGHTS: Final = Rights(
    frozenset(
        {
            Action.PULL,
            Action.PUSH,
            Action.DELETE,
            Action.METADATA_READ,
            Action.METADATA_WRITE,
            Action.CATALOG,
        }
    )
)
ANONYMOUS_RIGHTS: Final = Rights(under={"": frozenset({Action.PULL})})


@dataclass(frozen=True, slots=True)
class RegistryAccount:
    """Who somebody is, as of which epoch, whether it may sign in, and what it may do."""

    principal: Principal
    epoch: int
    enabled: bool
    rights: Rights


def account_by_id(connection: Connection, object_id: str) -> RegistryAccount | None:
    """Return the account with that object id."""
    token = ScopedTokenStore(connection).by_id(object_id)
    if token is not None:
        return _of_token(connection, token)
    admin = _admin(connection)
    return admin if admin is not None and admin.principal.object_id == object_id else None


def account_by_name(connection: Connection, name: str) -> RegistryAccount | None:
    """Return the account that signs in as ``name``, in any case."""
    token = ScopedTokenStore(connection).find(name)
    if token is not None:
        return _of_token(connection, token)
    admin = _admin(connection)
    return admin if admin is not None and admin.principal.name.lower() == name.lower() else None


def actions_of_map(connection: Connection, key: str) -> tuple[ScopeMapAction, ...]:
    """Return the actions of the map of that key; of one that is gone, none."""
    system = SYSTEM_SCOPE_MAPS.get(key)
    if system is not None:
        return system.actions
    found = ScopeMapStore(connection).find(key)
    return () if found is None else parse_actions(found.actions)


def anonymous_rights(connection: Connection) -> Rights:
    """Return what everybody may do who has not signed in."""
    return ANONYMOUS_RIGHTS if RegistryStore(connection).anonymous_pull() else NOTHING


class NameTakenError(ConflictError):
    """Somebody signs in by that name already: two of one name would take each other's sign-ins."""

    def __init__(self, name: str, who: str) -> None:
        super().__init__(f"{who} signs in as {name} already; choose another name")
        self.name = name


def require_no_account(connection: Connection, name: str) -> None:
    """Pass if no account of the registry signs in as ``name``; raise ``NameTakenError``."""
    account = account_by_name(connection, name)
    if account is not None:
        of_token = account.principal.kind is PrincipalKind.SCOPED_TOKEN
        raise NameTakenError(name, "a scoped token" if of_token else "the admin user")


def require_free_name(connection: Connection, name: str) -> None:
    """Pass if nobody at all signs in as ``name``; raise ``NameTakenError``.

    A user is known by the part before the ``@`` too.
    """
    require_no_account(connection, name)
    if UserStore(connection).has_short_name(name.lower()):
        raise NameTakenError(name, "a user")


def _of_token(connection: Connection, token: ScopedToken) -> RegistryAccount:
    principal = Principal(token.object_id, token.name, PrincipalKind.SCOPED_TOKEN)
    rights = rights_of(actions_of_map(connection, token.scope_map))
    return RegistryAccount(principal, token.epoch, token.enabled, rights)


def _admin(connection: Connection) -> RegistryAccount | None:
    admin = AdminUserStore(connection).find()
    record = None if admin is None else RegistryStore(connection).find()
    if admin is None or record is None:
        return None
    principal = Principal(admin.object_id, record.name, PrincipalKind.ADMIN_USER)
    return RegistryAccount(principal, admin.epoch, True, ADMIN_RIGHTS)  # noqa: FBT003 (it is gone when disabled)
