"""The signers of a repository: who may vouch for its tags besides its administrator.

A signer ``alice`` is the delegation ``targets/alice`` with alice's keys; the same keys sign
``targets/releases``, which is what consumers look at first (docker's layout).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    LastSignerError,
    ReleasesUnsignedError,
    SignerNameError,
    SignerUnknownError,
)
from sealyard.client.trust.held_keys import HeldKeys
from sealyard.trust.draft import RELEASES
from sealyard.trust.errors import KeysNotHeldError, SignatureError
from sealyard.trust.policy import signer_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sealyard.client.trust.editor import Editor, Published
    from sealyard.trust.draft import Draft
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.trusted_set import TrustedSet

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RESERVED: Final = "releases"


@dataclass(frozen=True, slots=True)
class Removal:
    """A signer that is gone; ``only_theirs`` are the tags that nobody else had vouched for.

    ``unreadable`` if nobody who is left has signed ``targets/releases``.
    """

    name: str
    only_theirs: tuple[str, ...]
    unreadable: bool


def check_name(name: str) -> None:
    """Raise ``SignerNameError`` unless a signer can be called ``name``."""
    if _NAME.fullmatch(name) is None or name == _RESERVED:
        raise SignerNameError(name)


class Signers:
    """The signers of one repository, changed with the repository key."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._held = HeldKeys(editor.store)

    def add(self, name: str, keys: Collection[PublicKey]) -> Published:
        """Let ``keys`` sign as ``name``, besides those that do; begin the trust data if need be.

        Raise ``SignerNameError``, ``KeysNotHeldError``, or what publishing raises.
        """
        check_name(name)

        def change(draft: Draft) -> None:
            draft.declare(f"targets/{name}", keys)
            draft.declare(RELEASES, keys)

        return self._editor.change(change, begin=True)

    def remove(self, name: str, *, force: bool = False) -> Removal:
        """Take ``name``'s right to sign, and have ``targets/releases`` signed by who is left.

        Raise ``SignerUnknownError``, ``KeysNotHeldError``. Where consumers could read no release
        afterwards, only with ``force``: ``LastSignerError`` if nobody is left,
        ``ReleasesUnsignedError`` if no key of who is left is here to sign them again.
        """
        only_theirs: tuple[str, ...] = ()
        unreadable = False

        def change(draft: Draft) -> None:
            nonlocal only_theirs, unreadable
            keys = self._keys_of(draft, name)
            only_theirs = _only_theirs(draft, name)
            others = _keys_of_others(draft, name)
            draft.withdraw(f"targets/{name}")
            if draft.delegations.find(RELEASES) is None:
                return
            left = [key for key in _release_keys(draft) if key.id in others or key.id not in keys]
            if not left and not force:
                raise LastSignerError(self._editor.gun, name)
            if not left:
                draft.withdraw(RELEASES)
                return
            unreadable = not self._set_release_keys(draft, left)
            if unreadable and not force:
                raise ReleasesUnsignedError(self._editor.gun, name, _names(draft))

        self._editor.change(change)
        return Removal(name, only_theirs, unreadable)

    def rotate(self, name: str, keys: Collection[PublicKey]) -> Published:
        """Replace the keys of ``name`` by ``keys`` in one step, and sign anew what they signed.

        Raise ``SignerUnknownError``; ``KeysNotHeldError`` if the signer has signed tags and no new
        private key is here, without which they would be lost.
        """

        def change(draft: Draft) -> None:
            old = self._keys_of(draft, name)
            role = f"targets/{name}"
            others = _keys_of_others(draft, name)
            kept = [key for key in _release_keys(draft) if key.id in others or key.id not in old]
            draft.replace_signing_keys(role, keys)
            if role in draft.targets:
                draft.signing_keys(role, self._held.holds)
                draft.sign_again(role)
            if draft.delegations.find(RELEASES) is None:
                draft.declare(RELEASES, keys)
            elif not self._set_release_keys(draft, [*kept, *keys]):
                draft.signing_keys(RELEASES, self._held.holds)  # raises, and names the keys

        return self._editor.change(change)

    def _keys_of(self, draft: Draft, name: str) -> set[str]:
        declared = draft.delegations.find(f"targets/{name}")
        if declared is None or signer_name(declared.name) is None:
            raise SignerUnknownError(self._editor.gun, name, _names(draft))
        return set(declared.keyids or ())

    def _set_release_keys(self, draft: Draft, keys: Iterable[PublicKey]) -> bool:
        """Let ``keys`` sign the releases, and sign them if one is here; tell if they are signed."""
        wanted = {key.id: key for key in keys}
        draft.replace_signing_keys(RELEASES, wanted.values())
        if RELEASES not in draft.targets:
            return True
        try:
            draft.signing_keys(RELEASES, self._held.holds)
        except KeysNotHeldError:
            return self._is_signed_by(wanted)
        draft.sign_again(RELEASES)
        return True

    def _is_signed_by(self, keys: dict[str, PublicKey]) -> bool:
        """Tell whether what is published of the releases stays good with ``keys`` alone."""
        trusted: TrustedSet = self._editor.reader.refresh_for_publishing()
        file = trusted.targets.get(RELEASES)
        if file is None:
            return True
        try:
            file.verify(keys, 1)
        except SignatureError:
            return False
        return True


def _names(draft: Draft) -> tuple[str, ...]:
    known = [signer_name(one.name) for one in draft.delegations.declared]
    return tuple(name for name in known if name is not None)


def _release_keys(draft: Draft) -> list[PublicKey]:
    declared = draft.delegations.find(RELEASES)
    return [] if declared is None else list(draft.delegations.role_keys(declared)[0].values())


def _keys_of_others(draft: Draft, name: str) -> set[str]:
    """Return the ids of the keys of every signer but ``name``: two may share one."""
    found: set[str] = set()
    for declared in draft.delegations.declared:
        if signer_name(declared.name) not in {None, name}:
            found |= set(declared.keyids or ())
    return found


def _only_theirs(draft: Draft, name: str) -> tuple[str, ...]:
    own = draft.targets.get(f"targets/{name}")
    if own is None:
        return ()
    others = [
        content for role, content in draft.targets.items() if signer_name(role) not in {None, name}
    ]
    return tuple(
        sorted(
            tag
            for tag, info in own.targets.items()
            if not any(
                tag in other.targets and other.targets[tag].hashes == info.hashes
                for other in others
            )
        )
    )
