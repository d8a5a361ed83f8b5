"""Changing a repository's trust data: read, change, publish, read back.

::

    present state ─▶ change ─▶ files ─▶ publish ─▶ verify what is served now
         ▲                               │
         └──── somebody was faster ──────┘   a few times, then it is given up

A change is made anew on what the other publisher left, never merged with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    ClientError,
    ConnectionFailedError,
    PublishRefusedError,
    TrustDataMissingError,
    TrustDataRemovedError,
    UnexpectedAnswerError,
)
from sealyard.client.trust.changelist import staged
from sealyard.client.trust.folder_lock import locked
from sealyard.client.trust.held_keys import HeldKeys
from sealyard.client.trust.initialisation import Initialisation
from sealyard.client.trust.renewal import Renewal
from sealyard.trust.draft import Draft
from sealyard.trust.errors import ExpiredMetadataError, SignatureError, TrustError
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
# How a server says that an empty publish was allowed and only had nothing to stand on.
_NOTHING_YET: Final = "no pre-existing root"


@dataclass(frozen=True, slots=True)
class Published:
    """What came of a change. ``roles`` are empty if there was nothing to change.

    ``initialised`` says that the repository had no trust data before.
    """

    roles: tuple[str, ...]
    initialised: bool
    trusted: TrustedSet


@dataclass(slots=True)
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
    _staged_told: bool = field(default=False, init=False)

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
        return Draft.of(trusted, self.clock())

    def change(self, change: Change, *, begin: bool = False) -> Published:
        """Make ``change`` and publish it; with ``begin`` also where there is no trust data yet.

        ``change`` may be called several times, each time with the state that was found. Raise
        what it and the reader raise, ``KeysNotHeldError``, a ``KeyHandlingError``,
        ``PublishRefusedError``: nothing is published then.
        """
        self.tell_staged()
        with locked(self.folder):
            for _ in range(_ATTEMPTS - 1):
                try:
                    return self._attempt(change, begin=begin)
                except PublishRefusedError as error:
                    if error.code != _RACE:
                        raise
            return self._attempt(change, begin=begin)

    def check_right(self, trusted: TrustedSet | None) -> None:
        """Ask the server whether it would take a publish; raise as ``TrustService.publish``.

        What is published is nothing, which changes nothing on a Sealyard; docker does the same
        when it pushes what is signed already. A notary-server makes a snapshot and a timestamp of
        it, and cannot where the snapshot is the client's or something has expired: it is not asked
        then.
        """
        if trusted is not None:
            keys, _ = trusted.root.content.role("snapshot")
            held = HeldKeys(self.store)
            if trusted.expired or any(held.holds(key) for key in keys.values()):
                return
        try:
            self.service.publish({})
        except PublishRefusedError as error:
            if trusted is not None or _NOTHING_YET not in str(error):
                raise

    def tell_staged(self) -> None:
        """Tell, once, what docker or notary left behind; it is neither signed nor cleared here.

        docker's next push would sign it (notary-v1 section 0, item 16).
        """
        left = [] if self._staged_told else staged(self.folder, self.gun)
        self._staged_told = True
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
        if trusted is not None:
            Renewal(self.gun, self.store, self.notice).renew(draft, trusted)
        self._check_believed(draft, trusted)
        if trusted is not None:
            draft.published |= self._forgotten_versions(draft, trusted)
        files = draft.files(held.sign, held.holds)
        if files:
            self._publish(files, initialised=initialised)
        if initialised:
            self._remember_own(files["root"])
        return Published(tuple(files), initialised, self._served(draft, files))

    def _publish(self, files: dict[str, bytes], *, initialised: bool) -> None:
        try:
            self.service.publish(files)
        except ConnectionFailedError:
            if not self._was_taken(files):
                raise
        except PublishRefusedError as error:
            if initialised and self.read() is not None:
                # Somebody else began the trust data in the meantime; ours comes after that.
                raise PublishRefusedError(self.gun, _RACE, str(error)) from error
            raise

    def _was_taken(self, files: dict[str, bytes]) -> bool:
        """Tell whether a publish whose answer was lost is what is served now."""
        try:
            trusted = self.read()
        except (ClientError, TrustError):
            return False
        if trusted is None:
            return False
        served = {role: file.raw for role, file in trusted.targets.items()}
        served["root"] = trusted.root.raw
        return all(served.get(role) == raw for role, raw in files.items() if role != "snapshot")

    def _remember_own(self, root: bytes) -> None:
        """Trust our own root, and not the first that the server shows; what is staged stays."""
        for role in self.cache.roles():
            self.cache.forget(role)
        self.cache.write("root", root)

    def _served(self, draft: Draft, files: dict[str, bytes]) -> TrustedSet:
        """Return what is served after a publish; raise if that is not what was published."""
        try:
            trusted = self.reader.refresh()
        except ExpiredMetadataError:  # of a role whose key is not here; the notice says so
            trusted = self.reader.refresh_for_publishing()
        versions = trusted.versions()
        for role in files:
            if role in trusted.refused:
                raise trusted.refused[role]
            wanted, found = draft.published.get(role, 0) + 1, versions.get(role, 0)
            if found < wanted:
                reason = f"it took version {wanted} of {role} of {self.gun} and serves {found}"
                raise UnexpectedAnswerError(self.service.server, reason)
        return trusted

    def _check_believed(self, draft: Draft, trusted: TrustedSet | None) -> None:
        """Raise why a changed role cannot be believed: what it had said would be lost unseen.

        Only what nobody who may sign has signed, a removed signer's, is begun anew.
        """
        refused = {} if trusted is None else trusted.refused
        for role in sorted(draft.changed & set(refused)):
            if not isinstance(refused[role], SignatureError):
                raise refused[role]
            self.notice(
                f"{role} was not signed by anybody who may sign it now and is begun anew: sign "
                "again the tags that are to be in it"
            )

    def _draft(self, trusted: TrustedSet | None) -> Draft:
        if trusted is None:
            return Initialisation(self.service, self.store, self.clock).draft()
        return self.draft_of(trusted)

    def _forgotten_versions(self, draft: Draft, trusted: TrustedSet) -> dict[str, int]:
        """Return the versions of changed roles that the snapshot names and nobody declared.

        A server keeps their files, so a delegation of that name has to go on where it ended.
        """
        named = {} if trusted.snapshot is None else trusted.snapshot.content.meta
        found: dict[str, int] = {}
        limits = TrustLimits()
        for role in sorted(draft.changed & set(named) - {"root", *trusted.targets}):
            info = named[role]
            name = f"{role}.{info.hashes.get('sha256', b'').hex()}.json"
            raw = self.service.file(name, min(info.length, limits.file_bytes))
            info.check(role, raw)
            found[role] = parse_targets(raw, role, limits).version
        return found
