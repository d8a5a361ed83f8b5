"""Changing a repository's trust data: read, change, publish, read back.

::

    present state ─▶ change ─▶ files ─▶ publish ─▶ verify what is served now
         ▲                               │
         └──── somebody was faster ──────┘   a few times, then it is given up

A change is made anew on what the other publisher left, never merged with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    PublishRefusedError,
    TrustDataMissingError,
    TrustDataRemovedError,
)
from sealyard.client.trust.changelist import staged
from sealyard.client.trust.folder_lock import locked
from sealyard.client.trust.held_keys import HeldKeys
from sealyard.client.trust.initialisation import Initialisation
from sealyard.trust.draft import RENEWED_WITHIN, Draft
from sealyard.trust.errors import KeysNotHeldError, TrustError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.signed_file import parse_targets

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from sealyard.client.trust.cache import TrustCache
    from sealyard.client.trust.key_store import KeyStore
    from sealyard.client.trust.service import TrustService
    from sealyard.client.trust.updater import TrustReader
    from sealyard.trust.trusted_set import TrustedSet

    Change = Callable[[Draft], None]

_ATTEMPTS: Final = 4  # against others who publish at the same time
_RACE: Final = "VERSION"


@dataclass(frozen=True, slots=True)
class Published:
    """What came of a change. ``roles`` are empty if there was nothing to change.

    ``initialised`` says that the repository had no trust data before.
    """

    roles: tuple[str, ...]
    initialised: bool
    trusted: TrustedSet


@dataclass(frozen=True, slots=True)
class Editor:
    """Changes the trust data of the repository that ``service`` and ``reader`` are about.

    ``folder`` is docker's trust folder, which is locked meanwhile. ``notice`` is told what a person
    should know but what stops nothing.
    """

    service: TrustService
    reader: TrustReader
    store: KeyStore
    cache: TrustCache
    folder: Path
    clock: Callable[[], datetime]
    notice: Callable[[str], None]

    @property
    def gun(self) -> str:
        """The repository, as ``host[:port]/repository``."""
        return self.service.gun

    def read(self) -> TrustedSet | None:
        """Return what is published, ``None`` if the repository has no trust data yet."""
        try:
            return self.reader.refresh_for_publishing()
        except TrustDataRemovedError:
            self.notice(
                f"the trust data of {self.gun} was removed from the registry: it is begun anew, "
                f"and who pulled from it before has to run: sealyard trust reset {self.gun}"
            )
            return None
        except TrustDataMissingError:
            return None

    def draft_of(self, trusted: TrustedSet) -> Draft:
        """Return what is published, to be changed."""
        return Draft.of(trusted, self.clock(), self._forgotten_versions(trusted))

    def change(self, change: Change, *, begin: bool = False) -> Published:
        """Make ``change`` and publish it; with ``begin`` also where there is no trust data yet.

        ``change`` may be called several times, each time with the state that was found. Raise
        what it and the reader raise, ``KeysNotHeldError``, a ``KeyHandlingError``,
        ``PublishRefusedError``: nothing is published then.
        """
        with locked(self.folder):
            for _ in range(_ATTEMPTS - 1):
                try:
                    return self._attempt(change, begin=begin)
                except PublishRefusedError as error:
                    if error.code != _RACE:
                        raise
            return self._attempt(change, begin=begin)

    def check_staged(self) -> None:
        """Tell what docker or notary left behind: docker's next push would sign it (0, item 16)."""
        left = staged(self.folder, self.gun)
        if left:
            names = ", ".join(sorted({change.name for change in left if change.name})) or "others"
            self.notice(
                f"{len(left)} staged changes of {self.gun} ({names}) were left by docker or "
                "notary, which sign them with their next push; they are not published now"
            )

    def _attempt(self, change: Change, *, begin: bool) -> Published:
        held = HeldKeys(self.store)
        trusted = self.read() if begin else self.reader.refresh_for_publishing()
        initialised = trusted is None
        draft = self._draft(trusted)
        change(draft)
        self._renew(draft, trusted, held)
        files = draft.files(held.sign, held.holds)
        if files:
            self.service.publish(files)
        if initialised:
            # Our own root is what is trusted here, and not the first that the server shows.
            self.cache.clear()
            self.cache.write("root", files["root"])
        return Published(tuple(files), initialised, self.reader.refresh())

    def _draft(self, trusted: TrustedSet | None) -> Draft:
        if trusted is None:
            return Initialisation(self.service, self.store, self.clock).draft()
        return self.draft_of(trusted)

    def _renew(self, draft: Draft, trusted: TrustedSet | None, held: HeldKeys) -> None:
        """Sign again what is about to expire (the root) or has expired, where the keys are here."""
        if trusted is None:
            return
        due = [error.role for error in trusted.expired if error.role in {"root", *draft.targets}]
        if trusted.root.expires - self.clock() < RENEWED_WITHIN:
            due.append("root")
        for role in dict.fromkeys(due):
            try:
                draft.signing_keys(role, held.holds)
            except KeysNotHeldError:
                # docker's sentence, for the role that it is about
                self.notice(f"{role} is nearing expiry, you should re-sign the role metadata")
            else:
                draft.sign_again(role)

    def _forgotten_versions(self, trusted: TrustedSet) -> dict[str, int]:
        """Return the versions of files that the snapshot names and nobody declares any more.

        A server keeps them, so a delegation of that name has to go on where it ended.
        """
        if trusted.snapshot is None:
            return {}
        unknown = {
            role: info
            for role, info in trusted.snapshot.content.meta.items()
            if role.startswith("targets/") and role not in trusted.targets
        }
        found: dict[str, int] = {}
        limits = TrustLimits()
        for role, info in list(unknown.items())[: limits.walked_delegations]:
            name = f"{role}.{info.hashes.get('sha256', b'').hex()}.json"
            try:
                raw = self.service.file(name, min(info.length, limits.file_bytes))
                info.check(role, raw)
                found[role] = parse_targets(raw, role, limits).version
            except (TrustError, TrustDataMissingError):
                continue  # nothing depends on it until somebody declares the role again
        return found
