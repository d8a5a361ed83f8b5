"""Starting trust in a repository afresh, after its root was replaced: seen, compared, then done.

Whoever lost the root key of a repository can only delete its trust data and begin again. Every
consumer then meets a root that nothing vouches for, just as after an attack. Only a person can
tell the two apart, by comparing fingerprints with the publisher over another way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.client.errors import TrustDataMissingError
from sealyard.client.trust.folder_lock import locked
from sealyard.trust.errors import TrustError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.root_keys import root_keys
from sealyard.trust.signed_file import parse_root
from sealyard.trust.trusted_set import TrustedSet

if TYPE_CHECKING:
    from datetime import datetime

    from sealyard.client.trust.cache import TrustCache
    from sealyard.client.trust.walk import TrustFiles
    from sealyard.trust.pins import Pins
    from sealyard.trust.root_keys import RootKey


@dataclass(frozen=True, slots=True)
class RootView:
    """A root as a person compares it: its version, when it expires, and its keys."""

    raw: bytes
    version: int
    expires: datetime
    keys: tuple[RootKey, ...]

    @classmethod
    def of(cls, raw: bytes, limits: TrustLimits) -> RootView:
        """Read ``raw``; raise ``MetadataFormatError``."""
        file = parse_root(raw, limits)
        return cls(raw, file.version, file.expires, tuple(root_keys(file.content)))


@dataclass(frozen=True, slots=True)
class Roots:
    """The root that is trusted here and the one that the server shows; ``None``: there is none.

    ``unreadable`` says why the cached root cannot be read, where it cannot.
    """

    trusted: RootView | None
    shown: RootView | None
    unreadable: str = ""

    @property
    def same_keys(self) -> bool:
        """Whether the same keys stand behind both."""
        if self.trusted is None or self.shown is None:
            return False
        return {key.canonical_id for key in self.trusted.keys} == {
            key.canonical_id for key in self.shown.keys
        }


class TrustReset:
    """Shows both roots of a repository, and replaces the one that is trusted here."""

    def __init__(
        self,
        service: TrustFiles,
        cache: TrustCache,
        pins: Pins,
        now: datetime,
        limits: TrustLimits | None = None,
    ) -> None:
        self._service = service
        self._cache = cache
        self._pins = pins
        self._now = now
        self._limits = limits or TrustLimits()

    def roots(self) -> Roots:
        """Return both roots.

        Raise a ``TrustError`` if the server's is none that could be trusted at a first use (for
        another repository, expired, not the pinned one), ``ClientError`` if it cannot be had.
        """
        raw = self._cache.read("root")
        trusted, unreadable = None, ""
        try:
            trusted = None if raw is None else RootView.of(raw, self._limits)
        except TrustError as error:
            unreadable = str(error)
        return Roots(trusted, self.shown(), unreadable)

    def shown(self) -> RootView | None:
        """Return the root that the server shows; raise as ``roots``."""
        gun, limits = self._service.gun, self._limits
        try:
            raw = self._service.file("root.json", limits.file_bytes)
        except TrustDataMissingError:
            return None
        trusted = TrustedSet.on_first_use(gun, raw, self._now, limits)
        trusted.finish_roots()
        self._pins.judge(gun, trusted.root, self._now, first_use=True)
        return RootView.of(raw, limits)

    def start_afresh(self, shown: RootView | None) -> None:
        """Forget what is cached and staged, and trust the very root that was shown.

        Keys stay, and other repositories. Raise ``OSError``.
        """
        with locked(self._cache.folder):
            self._cache.clear()
            if shown is not None:
                self._cache.write("root", shown.raw)
