"""The walk of a client: from the root that it trusts to the last delegation (notary-v1 C.4).

::

    cached root, else root.json
      └▶ timestamp.json ─▶ snapshot.<sha256>.json ─▶ targets.<sha256>.json ─▶ delegations, pre-order

If something on the way to ``targets`` cannot be believed, the keys may have changed: the present
root is fetched once, over every root between (``n.root.json``), and the walk starts again from the
timestamp. A file that was believed before is taken from ``earlier`` if its parent still names it.
A delegation that cannot be believed does not end the walk: it is refused in the set, and so is
every answer that would depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sealyard.client.errors import TrustDataMissingError, TrustDataRemovedError
from sealyard.client.trust.threats import explained
from sealyard.trust.errors import (
    FileMissingError,
    HashMismatchError,
    RollbackError,
    TrustError,
    WalkTooLongError,
)
from sealyard.trust.pins import Pins
from sealyard.trust.signed_file import parse_root
from sealyard.trust.trusted_set import Expiry, TrustedSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sealyard.trust.limits import TrustLimits
    from sealyard.trust.metadata import FileInfo


class TrustFiles(Protocol):
    """Where files come from: a trust server, or a cache that stands in for one."""

    gun: str

    def file(self, name: str, limit: int) -> bytes:
        """Return the file ``name`` of at most ``limit`` bytes.

        Raise ``TrustDataMissingError``, ``FileTooLargeError``, or why it cannot be had at all.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What a walk is judged by. ``notice`` is told what a person should know but may go on with."""

    now: datetime
    limits: TrustLimits
    pins: Pins = field(default_factory=Pins)
    expiry: Expiry = Expiry.REFUSED
    notice: Callable[[str], None] = lambda _text: None


@dataclass(slots=True)
class Walk:
    """One walk. ``earlier`` holds, per role, the file that was believed last; never changed."""

    files: TrustFiles
    earlier: Mapping[str, bytes]
    rules: Rules

    def run(self, *, root_first: bool = False) -> TrustedSet:
        """Return what may be believed.

        With ``root_first`` a newer root is looked for at once, as an owner does before publishing.
        Raise a ``TrustError`` that says what is wrong and what it may mean,
        ``TrustDataMissingError`` if there is no trust data (``TrustDataRemovedError`` if there
        was), and whatever ``files`` raises.
        """
        try:
            trusted = self._anchor()
            if root_first and "root" in self.earlier:
                self._renew_root(trusted)
            try:
                self._below(trusted)
            except TrustError:
                self._renew_root(trusted)
                self._below(trusted)
        except TrustError as error:
            raise explained(error, self.files.gun) from error.__cause__
        return trusted

    def _anchor(self) -> TrustedSet:
        gun, rules = self.files.gun, self.rules
        known = self.earlier.get("root")
        raw = known or self.files.file("root.json", rules.limits.file_bytes)
        trusted = TrustedSet.from_cache(gun, raw, rules.now, rules.limits, {})
        trusted.earlier, trusted.expiry = self.earlier, rules.expiry
        return trusted

    def _below(self, trusted: TrustedSet) -> None:
        trusted.start_again()
        trusted.finish_roots()
        self.rules.pins.judge(
            trusted.gun, trusted.root, trusted.now, first_use="root" not in self.earlier
        )
        trusted.update_timestamp(self._timestamp())
        trusted.update_snapshot(self._file("snapshot", trusted.named_snapshot(), "timestamp"))
        trusted.check_named_root()
        self._take(trusted, "targets")
        self._delegations(trusted)

    def _timestamp(self) -> bytes:
        try:
            return self.files.file("timestamp.json", self.rules.limits.timestamp_bytes)
        except TrustDataMissingError as error:
            if "root" in self.earlier:
                raise TrustDataRemovedError(error.gun, error.server) from error
            raise

    def _take(self, trusted: TrustedSet, role: str) -> None:
        trusted.update_targets(self._file(role, trusted.expected(role), "snapshot"), role)

    def _file(self, role: str, named: FileInfo, parent: str) -> bytes:
        """Return the file of ``role`` that ``parent`` names, fetched only if it is not here."""
        raw = self.earlier.get(role)
        if raw is not None and _is_named(role, raw, named):
            return raw
        return self._fetched(role, named, parent)

    def _fetched(self, role: str, named: FileInfo, parent: str) -> bytes:
        """Fetch the file of ``role`` by its hash; nothing checks it here."""
        sha256 = named.hashes.get("sha256")
        if sha256 is None:
            raise HashMismatchError(role, "sha256", "none was given", "")
        name = f"{role}.{sha256.hex()}.json"
        try:
            return self.files.file(name, min(named.length, self.rules.limits.file_bytes))
        except TrustDataMissingError as error:
            raise FileMissingError(role, name, parent) from error

    def _delegations(self, trusted: TrustedSet) -> None:
        """Take every delegation that is declared and named, each before those below it."""
        waiting = self._children(trusted, "targets")
        taken = 0
        while waiting:
            role = waiting.pop(0)
            taken += 1
            try:
                self._check_bounds(role, taken)
                self._take(trusted, role)
            except TrustError as error:
                trusted.refuse(role, explained(error, trusted.gun))
                continue
            waiting = self._children(trusted, role) + waiting

    def _children(self, trusted: TrustedSet, role: str) -> list[str]:
        for name in trusted.unpublished(role):
            # The snapshot never drops a file that it once named: whoever saw one is not fooled.
            if name in self.earlier:
                missing = FileMissingError(name, f"{name}.json", "trust data seen before")
                trusted.refuse(name, explained(missing, trusted.gun))
        return trusted.declared(role)

    def _check_bounds(self, role: str, taken: int) -> None:
        limits = self.rules.limits
        if role.count("/") > limits.depth:
            what = "delegations below delegations"
            raise WalkTooLongError(what, limits.depth)
        if taken > limits.walked_delegations:
            what = "delegations"
            raise WalkTooLongError(what, limits.walked_delegations)

    def _renew_root(self, trusted: TrustedSet) -> None:
        """Fetch the present root and follow the chain to it."""
        raw = self._present_root(trusted)
        version = parse_root(raw, trusted.limits).version
        if version < trusted.root.version:
            raise RollbackError(role="root", version=version, trusted=trusted.root.version)
        if version - trusted.root.version > trusted.limits.rotations:
            what = "roots to follow"
            raise WalkTooLongError(what, trusted.limits.rotations)
        for between in range(trusted.root.version + 1, version):
            trusted.update_root(self._root(between))
        if raw != trusted.root.raw:
            trusted.update_root(raw)

    def _present_root(self, trusted: TrustedSet) -> bytes:
        if trusted.snapshot is not None:
            named = trusted.expected("root")
            raw = self._fetched("root", named, "snapshot")
            named.check("root", raw)
            return raw
        try:
            return self.files.file("root.json", self.rules.limits.file_bytes)
        except TrustDataMissingError as error:
            if "root" in self.earlier:
                raise TrustDataRemovedError(error.gun, error.server) from error
            raise

    def _root(self, version: int) -> bytes:
        name = f"{version}.root.json"
        try:
            return self.files.file(name, self.rules.limits.file_bytes)
        except TrustDataMissingError as error:
            raise FileMissingError(role="root", name=name, parent="chain of roots") from error


def _is_named(role: str, raw: bytes, named: FileInfo) -> bool:
    try:
        named.check(role, raw)
    except HashMismatchError:
        return False
    return True
