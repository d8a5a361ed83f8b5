"""Scoped tokens: made from scope maps, changed, disabled and deleted; their two passwords.

Passwords are made up here, returned once and kept as hashes only.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.principals import is_guid
from sealyard.db.credentials import Credential, CredentialStore
from sealyard.db.scoped_tokens import ScopedToken, ScopedTokenStore
from sealyard.errors import DirectoryObjectUnknownError, LimitExceededError
from sealyard.services.directory.generated_secrets import new_secret, secret_hash
from sealyard.services.directory.registry_accounts import actions_of_map, require_free_name
from sealyard.services.directory.scope_maps import MAX_PAGE, any_scope_map
from sealyard.services.directory.token_grants import TokenChanges, require_giving
from sealyard.services.directory.users import forget_principal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.db.scope_maps import ScopeMap

MAX_TOKENS: Final = 20_000
PASSWORD_NAMES: Final = ("password1", "password2")
_MAX_SHOWN: Final = 64
_NAME: Final = re.compile(r"[A-Za-z0-9-]{5,50}")


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A token with the name of its scope map and what may be known of its passwords.

    The hashes are in there too: the doors never show them.
    """

    token: ScopedToken
    scope_map: str
    passwords: tuple[Credential, ...]


@dataclass(frozen=True, slots=True)
class TokenChange:
    """What is to change: another scope map (by name), whether it signs in, which passwords stay.

    ``None`` leaves as it is.
    """

    scope_map: str | None = None
    enabled: bool | None = None
    kept: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class CreatedPassword:
    """A password just made. ``text`` is the password itself, which nobody can show again."""

    credential: Credential
    text: str


class ScopedTokenService:
    """What can be done with tokens. Managing them is in ``token_grants``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._changes = TokenChanges(database, clock)

    async def put(
        self, caller: Caller, name: str, scope_map: str, *, enabled: bool = True
    ) -> tuple[ShownToken, bool]:
        """Make a token without passwords, or change the one there is.

        Return it, and whether it is new. Raise ``InvalidNameError``, ``NameTakenError``,
        ``GrantTooWideError`` or ``DirectoryObjectUnknownError`` (no such map).
        """
        _checked_name(name)

        def work(transaction: Transaction) -> tuple[ShownToken, bool]:
            connection = transaction.connection
            if ScopedTokenStore(connection).find(name) is not None:
                wanted = TokenChange(scope_map, enabled)
                return self._change(transaction, caller, name, wanted), False
            chosen = any_scope_map(connection, scope_map)
            self._add(transaction, caller, self._new(name, chosen, enabled=enabled))
            return _shown(connection, _find(connection, name)), True

        return await self._changes.make(caller, "token.create", name, work)

    async def change(self, caller: Caller, name: str, wanted: TokenChange) -> ShownToken:
        """Change a token; disabled or without a password, it is worthless everywhere at once.

        Raise ``GrantTooWideError`` or ``DirectoryObjectUnknownError``.
        """

        def work(transaction: Transaction) -> ShownToken:
            return self._change(transaction, caller, name, wanted)

        return await self._changes.make(caller, "token.update", name[:_MAX_SHOWN], work)

    async def delete(self, caller: Caller, name: str) -> None:
        """Delete a token with its passwords; raise ``DirectoryObjectUnknownError``."""

        def work(transaction: Transaction) -> None:
            token = _find(transaction.connection, name)
            forget_principal(transaction.connection, token.object_id)
            ScopedTokenStore(transaction.connection).delete(token.object_id)
            self._record(transaction, caller, "token.delete", token)

        await self._changes.make(caller, "token.delete", name[:_MAX_SHOWN], work)

    async def generate(
        self,
        caller: Caller,
        name: str,
        passwords: Sequence[str] = PASSWORD_NAMES,
        expires_at: datetime | None = None,
    ) -> tuple[ScopedToken, list[CreatedPassword]]:
        """Make these passwords, in the place of those of their names; all others work on.

        Raise ``InvalidNameError``, ``GrantTooWideError`` or ``DirectoryObjectUnknownError``.
        """
        now = self._clock()
        _require_names(passwords)
        if expires_at is not None and expires_at <= now:
            what, reason = "end of the password", "it is in the past"
            raise InvalidNameError(what, reason)

        def work(transaction: Transaction) -> tuple[ScopedToken, list[CreatedPassword]]:
            connection = transaction.connection
            token = _find(connection, name)
            require_giving(caller, actions_of_map(connection, token.scope_map))
            self._remove(transaction, token, passwords)
            made = [_new_password(token, one, now, expires_at) for one in passwords]
            for one in made:
                CredentialStore(connection).add(one.credential)
            end = "never" if expires_at is None else expires_at.isoformat()
            self._record(
                transaction, caller, "token.password", token, passwords=list(passwords), end=end
            )
            return token, made

        return await self._changes.make(caller, "token.password", name[:_MAX_SHOWN], work)

    async def show(self, caller: Caller, name: str) -> ShownToken:
        """Return one; needs ``REGISTRY_READ``. Raise ``DirectoryObjectUnknownError``."""
        caller.require(Action.REGISTRY_READ)
        return await self._database.read(
            lambda connection: _shown(connection, _find(connection, name))
        )

    async def page(self, caller: Caller, after: str, limit: int) -> list[ShownToken]:
        """Return at most ``limit`` tokens by name, after ``after``; needs ``REGISTRY_READ``."""
        caller.require(Action.REGISTRY_READ)
        count = max(1, min(limit, MAX_PAGE))

        def work(connection: Connection) -> list[ShownToken]:
            found = ScopedTokenStore(connection).page(after, count)
            return [_shown(connection, token) for token in found]

        return await self._database.read_aside(work)

    def _new(self, name: str, scope_map: ScopeMap, *, enabled: bool) -> ScopedToken:
        return ScopedToken(
            object_id=str(uuid.uuid4()),
            name=name,
            scope_map=scope_map.key,
            enabled=enabled,
            epoch=0,
            created_at=self._clock(),
        )

    def _add(self, transaction: Transaction, caller: Caller, token: ScopedToken) -> None:
        connection, store = transaction.connection, ScopedTokenStore(transaction.connection)
        require_giving(caller, actions_of_map(connection, token.scope_map))
        require_free_name(connection, token.name)
        if store.count() >= MAX_TOKENS:
            what = "the number of tokens"
            raise LimitExceededError(what, MAX_TOKENS)
        store.add(token)
        self._record(transaction, caller, "token.create", token, scope_map=token.scope_map)

    def _change(
        self, transaction: Transaction, caller: Caller, name: str, wanted: TokenChange
    ) -> ShownToken:
        connection, store = transaction.connection, ScopedTokenStore(transaction.connection)
        token = _find(connection, name)
        enabled = token.enabled if wanted.enabled is None else wanted.enabled
        scope_map = token.scope_map
        if wanted.scope_map is not None:
            scope_map = any_scope_map(connection, wanted.scope_map).key
        if scope_map != token.scope_map or enabled > token.enabled:
            require_giving(caller, actions_of_map(connection, scope_map))
        store.change(token.object_id, scope_map=scope_map, enabled=enabled)
        if enabled != token.enabled:
            store.advance_epoch(token.object_id)
        if wanted.kept is not None:
            gone = [one for one in PASSWORD_NAMES if one not in wanted.kept]
            self._remove(transaction, token, gone)
        shown = _shown(connection, _find(connection, name))
        self._record(
            transaction,
            caller,
            "token.update",
            token,
            scope_map=scope_map,
            enabled=enabled,
            passwords=[one.display_name for one in shown.passwords],
        )
        return shown

    def _remove(self, transaction: Transaction, token: ScopedToken, names: Sequence[str]) -> None:
        """Delete passwords, and end what was signed in with them."""
        store = CredentialStore(transaction.connection)
        gone = [one for one in store.of(token.object_id) if one.display_name in names]
        for credential in gone:
            store.delete(credential.key_id)
        if gone:
            ScopedTokenStore(transaction.connection).advance_epoch(token.object_id)

    def _record(
        self,
        transaction: Transaction,
        caller: Caller,
        kind: str,
        token: ScopedToken,
        **detail: Any,  # noqa: ANN401 (plain JSON values)
    ) -> None:
        self._changes.record(
            transaction, caller, kind, token.name, object_id=token.object_id, **detail
        )


def _new_password(
    token: ScopedToken, name: str, now: datetime, expires_at: datetime | None
) -> CreatedPassword:
    text = new_secret()
    credential = Credential(
        key_id=str(uuid.uuid4()),
        object_id=token.object_id,
        hash=secret_hash(text),
        display_name=name,
        hint="",
        created_at=now,
        expires_at=expires_at,
    )
    return CreatedPassword(credential, text)


def _find(connection: Connection, name: str) -> ScopedToken:
    found = ScopedTokenStore(connection).find(name)
    if found is None:
        kind = "token"
        raise DirectoryObjectUnknownError(kind, name[:_MAX_SHOWN])
    return found


def _shown(connection: Connection, token: ScopedToken) -> ShownToken:
    held = CredentialStore(connection).of(token.object_id)
    held.sort(key=lambda credential: credential.display_name)
    return ShownToken(token, any_scope_map(connection, token.scope_map).name, tuple(held))


def _checked_name(name: str) -> None:
    what = "name of the token"
    if not _NAME.fullmatch(name):
        reason = "it needs 5 to 50 letters, digits and -"
        raise InvalidNameError(what, reason)
    if is_guid(name.lower()):
        reason = "it could be mistaken for an appId"
        raise InvalidNameError(what, reason)


def _require_names(passwords: Sequence[str]) -> None:
    unknown = [name for name in passwords if name not in PASSWORD_NAMES]
    if unknown or len(set(passwords)) != len(passwords) or not passwords:
        what, reason = "name of the password", f"a token has {' and '.join(PASSWORD_NAMES)}"
        raise InvalidNameError(what, reason)
