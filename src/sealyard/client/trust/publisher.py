"""Signing tags, and taking signatures back.

Which roles sign a tag is docker's rule: every delegation directly below ``targets`` whose key is
here and whose paths cover the tag (``targets/alice`` and ``targets/releases``); ``targets`` itself
only where there are no delegations at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    ConnectionFailedError,
    PublishRefusedError,
    RevocationFailedError,
    ServerRefusedError,
    SignerUnknownError,
    SigningFailedError,
    TagContendedError,
)
from sealyard.client.trust.held_keys import HeldKeys
from sealyard.client.trust.initialisation import Initialisation
from sealyard.client.trust.key_errors import KeyHandlingError
from sealyard.trust.draft import RELEASES
from sealyard.trust.errors import KeysNotHeldError, NoSigningRoleError, NotSignedError
from sealyard.trust.metadata import FileInfo
from sealyard.trust.policy import signer_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sealyard.client.trust.editor import Editor
    from sealyard.oci.digest import Digest
    from sealyard.trust.draft import Draft

_FAILURES: Final = (
    KeysNotHeldError,
    NoSigningRoleError,
    NotSignedError,
    KeyHandlingError,
    PublishRefusedError,
    ServerRefusedError,
    ConnectionFailedError,
    SignerUnknownError,
    TagContendedError,
)


@dataclass(frozen=True, slots=True)
class SignedTag:
    """A tag that ``roles`` vouch for now as ``digest``."""

    tag: str
    digest: Digest
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signing:
    """What one publish signed; ``initialised`` if it began the repository's trust data."""

    tags: tuple[SignedTag, ...]
    initialised: bool


@dataclass(frozen=True, slots=True)
class Revocation:
    """From which roles a tag was taken, and in which it is left because their keys are not here."""

    tag: str
    removed_from: tuple[str, ...]
    left_in: tuple[str, ...]


class Publisher:
    """Signs for one repository with the keys that are here; with ``signer`` only as that one."""

    def __init__(self, editor: Editor, signer: str | None = None) -> None:
        self._editor = editor
        self._signer = signer
        self._held = HeldKeys(editor.store)

    def prepare(self, tags: Iterable[str]) -> None:
        """Make sure that ``tags`` can be signed, before anything is uploaded.

        Keys are made or unlocked now, and the server is asked whether it would take a publish.
        Raise ``SigningFailedError`` with the cause, or a ``TrustError`` if what is published
        cannot be believed.
        """
        names = tuple(tags)
        editor = self._editor
        editor.tell_staged()
        try:
            trusted = editor.read()
            editor.check_right(trusted)
            if trusted is not None:
                self._unlock(editor.draft_of(trusted), names)
            elif self._signer is not None:
                raise SignerUnknownError(editor.gun, self._signer, ())
            else:
                Initialisation(editor.service, editor.store, editor.clock).prepare()
        except _FAILURES as error:
            raise SigningFailedError(self._shown(names), error) from error

    def _unlock(self, draft: Draft, tags: Iterable[str]) -> None:
        roles = {role for tag in tags for role in self._signing_roles(draft, tag)}
        keys = [key for role in roles for key in draft.signing_keys(role, self._held.holds)]
        snapshot, _ = draft.root.role("snapshot")
        keys += [key for key in snapshot.values() if self._held.holds(key)]
        for key in keys:
            self._held.unlock(key)

    def sign(self, tag: str, digest: Digest, size: int) -> Signing:
        """Sign one tag; raise as ``sign_many``."""
        return self.sign_many({tag: (digest, size)})

    def sign_many(self, tags: Mapping[str, tuple[Digest, int]]) -> Signing:
        """Sign ``tags``, each with the digest and size of its manifest, in one publish.

        A tag that says so already is not signed again. Raise ``SigningFailedError`` with the
        cause: nothing is signed then. Its cause is a ``TagContendedError`` if somebody else signed
        one of the tags at the same time.
        """
        roles: dict[str, tuple[str, ...]] = {}
        seen = _Seen(self._editor.gun)

        def change(draft: Draft) -> None:
            for tag, (digest, size) in tags.items():
                info = FileInfo({digest.algorithm: bytes.fromhex(digest.hex)}, size)
                roles[tag] = tuple(self._signing_roles(draft, tag))
                for role in roles[tag]:
                    seen.check(draft, role, tag, info)
                    draft.add_target(role, tag, info)

        try:
            published = self._editor.change(change, begin=self._signer is None)
        except _FAILURES as error:
            raise SigningFailedError(self._shown(tags), error) from error
        done = tuple(SignedTag(tag, digest, roles[tag]) for tag, (digest, _) in tags.items())
        return Signing(done, published.initialised)

    def revoke(self, tag: str) -> Revocation:
        """Take ``tag`` out of every role whose key is here; raise as ``revoke_many``."""
        return self.revoke_many([tag])[0]

    def revoke_many(self, tags: Collection[str]) -> list[Revocation]:
        """Take ``tags`` out of every role whose key is here, in one publish.

        Raise ``RevocationFailedError`` with the cause if one of them is in no role at all, or
        cannot be taken out of any: nothing has changed then.
        """
        found: dict[str, Revocation] = {}
        seen = _Seen(self._editor.gun)

        def change(draft: Draft) -> None:
            for tag in tags:
                found[tag] = self._revoke(draft, tag, seen)

        try:
            self._editor.change(change)
        except _FAILURES as error:
            raise RevocationFailedError(self._shown(tags), error) from error
        return [found[tag] for tag in tags]

    def revoke_all(self) -> list[Revocation]:
        """Take every tag out of every role whose key is here; raise as ``revoke_many``."""
        trusted = self._editor.reader.refresh_for_publishing()
        files = trusted.targets.values()
        return self.revoke_many(sorted({tag for file in files for tag in file.content.targets}))

    def _revoke(self, draft: Draft, tag: str, seen: _Seen) -> Revocation:
        naming = [role for role in draft.targets if draft.target(role, tag) is not None]
        if not naming:
            raise NotSignedError(tag)
        able = [role for role in naming if self._can_sign(draft, role)]
        if not able:
            draft.signing_keys(naming[0], self._held.holds)  # raises, and names the keys
        for role in able:
            seen.check(draft, role, tag, None)
            draft.remove_target(role, tag)
        return Revocation(tag, tuple(able), tuple(role for role in naming if role not in able))

    def _signing_roles(self, draft: Draft, tag: str) -> list[str]:
        declared = [one for one in draft.delegations.declared if one.name.count("/") == 1]
        if self._signer is not None:
            self._check_signer(draft, self._signer)
            own = {f"targets/{self._signer}", RELEASES}
            declared = [one for one in declared if one.name in own]
        elif not declared:
            return ["targets"]
        covering = [one.name for one in declared if one.covers(tag)]
        able = [role for role in covering if self._can_sign(draft, role)]
        if not able:
            raise NoSigningRoleError(tuple(one.name for one in declared))
        return able

    def _check_signer(self, draft: Draft, name: str) -> None:
        """Raise ``SignerUnknownError`` or ``KeysNotHeldError`` unless we can sign as ``name``."""
        names = [signer_name(one.name) for one in draft.delegations.declared]
        known = tuple(one for one in names if one is not None)
        if name not in known:
            raise SignerUnknownError(self._editor.gun, name, known)
        draft.signing_keys(f"targets/{name}", self._held.holds)

    def _can_sign(self, draft: Draft, role: str) -> bool:
        try:
            draft.signing_keys(role, self._held.holds)
        except KeysNotHeldError:
            return False
        return True

    def _shown(self, tags: Iterable[str]) -> str:
        return ", ".join(f"{self._editor.gun}:{tag}" for tag in tags)


class _Seen:
    """What roles said of tags at the first attempt: who changes it meanwhile is not overruled."""

    def __init__(self, gun: str) -> None:
        self._gun = gun
        self._said: dict[tuple[str, str], FileInfo | None] = {}

    def check(self, draft: Draft, role: str, tag: str, wanted: FileInfo | None) -> None:
        """Raise ``TagContendedError`` if ``role`` says something new that is not ``wanted``."""
        present = draft.target(role, tag)
        said = self._said.setdefault((role, tag), present)
        if present not in (said, wanted):
            raise TagContendedError(self._gun, tag)
