"""Signing tags, and taking signatures back.

Which roles sign a tag is docker's rule: every delegation directly below ``targets`` whose key is
here and whose paths cover the tag (``targets/alice`` and ``targets/releases``); ``targets`` itself
only where there are no delegations at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import PublishRefusedError, SigningFailedError, TagContendedError
from sealyard.client.trust.held_keys import HeldKeys
from sealyard.client.trust.initialisation import Initialisation
from sealyard.client.trust.key_errors import KeyHandlingError
from sealyard.trust.errors import KeysNotHeldError, NoSigningRoleError, NotSignedError
from sealyard.trust.metadata import FileInfo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sealyard.client.trust.editor import Editor
    from sealyard.oci.digest import Digest
    from sealyard.trust.draft import Draft

# How a server says that an empty publish was allowed and only had nothing to stand on.
_NOTHING_YET: Final = "no pre-existing root"


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
    """Signs for one repository with the keys that are here."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._held = HeldKeys(editor.store)

    def prepare(self, tags: Iterable[str]) -> None:
        """Make sure that ``tags`` can be signed, before anything is uploaded.

        Keys are made or unlocked now, and the server is asked whether it would take a publish.
        Raise ``SigningFailedError`` with the cause, or what reading the trust data raises.
        """
        names = tuple(tags)
        self._editor.check_staged()
        editor = self._editor
        trusted = editor.read()
        try:
            self._check_allowed()
            if trusted is None:
                Initialisation(editor.service, editor.store, editor.clock).prepare()
                return
            draft = editor.draft_of(trusted)
            for tag in names:
                for role in self._signing_roles(draft, tag):
                    for key in draft.signing_keys(role, self._held.holds):
                        self._held.unlock(key)
        except (
            KeysNotHeldError,
            NoSigningRoleError,
            KeyHandlingError,
            PublishRefusedError,
        ) as error:
            raise SigningFailedError(self._shown(names), error) from error

    def sign(self, tag: str, digest: Digest, size: int) -> Signing:
        """Sign one tag; raise as ``sign_many``."""
        return self.sign_many({tag: (digest, size)})

    def sign_many(self, tags: Mapping[str, tuple[Digest, int]]) -> Signing:
        """Sign ``tags``, each with the digest and size of its manifest, in one publish.

        A tag that says so already is not signed again. Raise ``SigningFailedError`` with the
        cause: nothing is signed then.
        """
        roles: dict[str, tuple[str, ...]] = {}
        seen: dict[str, FileInfo | None] = {}

        def change(draft: Draft) -> None:
            for tag, (digest, size) in tags.items():
                roles[tag] = tuple(self._signing_roles(draft, tag))
                for role in roles[tag]:
                    info = FileInfo({"sha256": bytes.fromhex(digest.hex)}, size)
                    self._check_uncontended(draft, role, tag, seen, info)
                    draft.add_target(role, tag, info)

        try:
            published = self._editor.change(change, begin=True)
        except (
            KeysNotHeldError,
            NoSigningRoleError,
            KeyHandlingError,
            PublishRefusedError,
        ) as error:
            raise SigningFailedError(self._shown(tags), error) from error
        done = tuple(SignedTag(tag, digest, roles[tag]) for tag, (digest, _) in tags.items())
        return Signing(done, published.initialised)

    def revoke(self, tag: str) -> Revocation:
        """Take ``tag`` out of every role whose key is here; raise as ``revoke_many``."""
        return self.revoke_many([tag])[0]

    def revoke_many(self, tags: Collection[str]) -> list[Revocation]:
        """Take ``tags`` out of every role whose key is here, in one publish.

        Raise ``NotSignedError`` if one of them is in no role at all; ``SigningFailedError`` if it
        cannot be taken out of any.
        """
        found: dict[str, Revocation] = {}

        def change(draft: Draft) -> None:
            for tag in tags:
                found[tag] = self._revoke(draft, tag)

        try:
            self._editor.change(change)
        except (KeysNotHeldError, KeyHandlingError, PublishRefusedError) as error:
            raise SigningFailedError(self._shown(tags), error) from error
        return [found[tag] for tag in tags]

    def revoke_all(self) -> list[Revocation]:
        """Take every tag out of every role whose key is here; raise as ``revoke_many``."""
        trusted = self._editor.reader.refresh_for_publishing()
        files = trusted.targets.values()
        return self.revoke_many(sorted({tag for file in files for tag in file.content.targets}))

    def _revoke(self, draft: Draft, tag: str) -> Revocation:
        naming = [role for role in draft.targets if draft.target(role, tag) is not None]
        if not naming:
            raise NotSignedError(tag)
        able = [role for role in naming if self._can_sign(draft, role)]
        if not able:
            draft.signing_keys(naming[0], self._held.holds)  # raises, and names the keys
        for role in able:
            draft.remove_target(role, tag)
        return Revocation(tag, tuple(able), tuple(role for role in naming if role not in able))

    def _signing_roles(self, draft: Draft, tag: str) -> list[str]:
        declared = [one for one in draft.delegations.declared if one.name.count("/") == 1]
        if not declared:
            return ["targets"]
        covering = [one.name for one in declared if one.covers(tag)]
        able = [role for role in covering if self._can_sign(draft, role)]
        if not able:
            raise NoSigningRoleError(tuple(one.name for one in declared))
        return able

    def _can_sign(self, draft: Draft, role: str) -> bool:
        try:
            draft.signing_keys(role, self._held.holds)
        except KeysNotHeldError:
            return False
        return True

    def _check_uncontended(
        self,
        draft: Draft,
        role: str,
        tag: str,
        seen: dict[str, FileInfo | None],
        wanted: FileInfo,
    ) -> None:
        """Raise ``TagContendedError`` if somebody signed the same tag between two attempts."""
        present = draft.target(role, tag)
        place = f"{role} {tag}"
        if place in seen and present != seen[place] and present != wanted:
            raise TagContendedError(self._editor.gun, tag)
        seen.setdefault(place, present)

    def _check_allowed(self) -> None:
        """Ask the server by publishing nothing, which changes nothing on a Sealyard.

        docker does the same when it pushes what is signed already.
        """
        try:
            self._editor.service.publish({})
        except PublishRefusedError as error:
            if _NOTHING_YET not in str(error):
                raise

    def _shown(self, tags: Iterable[str]) -> str:
        return ", ".join(f"{self._editor.gun}:{tag}" for tag in tags)
