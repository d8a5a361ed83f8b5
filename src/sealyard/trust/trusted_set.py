"""Judging downloads: may this file be believed. The client's judge, one file after the other.

::

    trusted root ─▶ root n+1 … ─▶ timestamp ─▶ snapshot ─▶ targets ─▶ targets/a ─▶ targets/a/b

Every method takes a file's bytes, raises if it may not be believed, and otherwise takes it into
the set. Whoever fetches and stores lives elsewhere. What was believed in an earlier session goes
in as ``Remembered`` and only ever moves forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealyard.trust.errors import (
    BadHierarchyError,
    NotSignedError,
    PinMismatchError,
    RollbackError,
)
from sealyard.trust.root_trust import check_root, check_rotation
from sealyard.trust.signed_file import (
    SignedFile,
    parse_root,
    parse_snapshot,
    parse_targets,
    parse_timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sealyard.trust.limits import TrustLimits
    from sealyard.trust.metadata import FileInfo, Root, Snapshot, Targets, Timestamp


@dataclass(frozen=True, slots=True)
class Signed:
    """A target that may be believed, and the role that named it."""

    role: str
    info: FileInfo


@dataclass(slots=True)
class TrustedSet:
    """The files of one GUN that may be believed at the instant ``now``.

    ``remembered`` holds, per role, the highest version that was ever believed.
    """

    gun: str
    root: SignedFile[Root]
    now: datetime
    limits: TrustLimits
    remembered: Mapping[str, int] = field(default_factory=dict)
    timestamp: SignedFile[Timestamp] | None = None
    snapshot: SignedFile[Snapshot] | None = None
    targets: dict[str, SignedFile[Targets]] = field(default_factory=dict)

    @classmethod
    def on_first_use(
        cls,
        gun: str,
        root: bytes,
        now: datetime,
        limits: TrustLimits,
        pins: Collection[str] | None = None,
    ) -> TrustedSet:
        """Start from a ``root`` that nobody vouches for but, if given, the pinned key ids.

        ``pins`` are ids of root keys, with or without their certificate. Raise
        ``PinMismatchError`` if no root key of the file is among them, and as ``update_root``.
        """
        file = parse_root(root, limits)
        check_root(file, gun, now)
        if pins is not None:
            keys = file.content.role("root")[0]
            if not any(keyid in pins or key.canonical_id in pins for keyid, key in keys.items()):
                raise PinMismatchError(gun, tuple(keys))
        return cls(gun, file, now, limits)

    @classmethod
    def from_cache(
        cls,
        gun: str,
        root: bytes,
        now: datetime,
        limits: TrustLimits,
        remembered: Mapping[str, int],
    ) -> TrustedSet:
        """Start from a ``root`` that was believed before; its certificate may have expired."""
        return cls(gun, parse_root(root, limits), now, limits, remembered)

    def update_root(self, raw: bytes) -> None:
        """Take the root that follows: one version up, signed by the keys of both.

        Its expiry is judged when the chain has ended, by ``finish_roots``.
        """
        file = parse_root(raw, self.limits)
        check_rotation(file, self.root.content, self.gun)
        check_root(file, self.gun, self.now)
        if file.version < self.root.version:
            raise RollbackError(role="root", version=file.version, trusted=self.root.version)
        if file.version > self.root.version + 1:
            message = f"root {file.version} cannot follow root {self.root.version}"
            raise BadHierarchyError(message, missing="root")
        self.root = file

    def finish_roots(self) -> None:
        """End the chain of roots; raise ``ExpiredMetadataError`` if the last one is too old."""
        self.root.check_expiry(self.now)

    def update_timestamp(self, raw: bytes) -> None:
        """Take the timestamp that the root's timestamp keys signed."""
        file = parse_timestamp(raw, self.limits)
        file.verify(*self.root.content.role("timestamp"))
        self._check_age(file)
        self.timestamp = file

    def update_snapshot(self, raw: bytes) -> None:
        """Take the snapshot that the timestamp names."""
        if self.timestamp is None:
            message = "the snapshot cannot be judged before the timestamp"
            raise BadHierarchyError(message, missing="timestamp")
        self.timestamp.content.meta["snapshot"].check("snapshot", raw)
        file = parse_snapshot(raw, self.limits)
        file.verify(*self.root.content.role("snapshot"))
        self._check_age(file)
        self.snapshot = file

    def update_targets(self, raw: bytes, role: str = "targets") -> None:
        """Take the file of ``targets`` or, once its parent is in the set, of a delegation."""
        self.expected(role).check(role, raw)
        file = parse_targets(raw, role, self.limits)
        if role == "targets":
            keys = self.root.content.role("targets")
        else:
            parent = self._parent(role).content.delegations
            declared = parent.find(role)
            if declared is None:
                message = f"tuf: invalid role {role}. delegation does not exist"
                raise BadHierarchyError(message, missing=role)
            keys = parent.role_keys(declared)
        file.verify(*keys)
        self._check_age(file)
        self.targets[role] = file

    def expected(self, role: str) -> FileInfo:
        """Return what the snapshot says of ``role``: where to fetch it, and how much at most."""
        if self.snapshot is None:
            message = f"{role} cannot be judged before the snapshot"
            raise BadHierarchyError(message, missing="snapshot")
        info = self.snapshot.content.meta.get(role)
        if info is None:
            message = f"the snapshot does not name {role}"
            raise BadHierarchyError(message, missing=role)
        return info

    def declared(self, role: str) -> list[str]:
        """Return the delegations that ``role`` declares and the snapshot names, in their order."""
        if role not in self.targets or self.snapshot is None:
            return []
        meta = self.snapshot.content.meta
        roles = self.targets[role].content.delegations.declared
        return [declared.name for declared in roles if declared.name in meta]

    def find(self, target: str, role: str) -> FileInfo | None:
        """Return what ``role`` says of ``target``, if it may and does say anything.

        A name outside the paths of any delegation on the way counts as not said.
        """
        file = self.targets.get(role)
        if file is None or not self._may_name(target, role):
            return None
        return file.content.targets.get(target)

    def lookup(
        self, target: str, roles: tuple[str, ...] = ("targets/releases", "targets")
    ) -> Signed:
        """Return ``target`` from the first of ``roles`` that names it, as docker does.

        Raise ``NotSignedError`` if none does.
        """
        for role in roles:
            info = self.find(target, role)
            if info is not None:
                return Signed(role, info)
        raise NotSignedError(target)

    def versions(self) -> dict[str, int]:
        """Return what to remember: per role the highest version believed now or before."""
        present = {"root": self.root.version}
        for file in (self.timestamp, self.snapshot, *self.targets.values()):
            if file is not None:
                present[file.role] = file.version
        return dict(self.remembered) | present

    def _may_name(self, target: str, role: str) -> bool:
        while role != "targets":
            declared = self._parent(role).content.delegations.find(role)
            if declared is None or not declared.covers(target):
                return False
            role = role.rpartition("/")[0]
        return True

    def _parent(self, role: str) -> SignedFile[Targets]:
        parent = role.rpartition("/")[0]
        if parent not in self.targets:
            message = f"{role} cannot be judged before {parent or 'targets'}"
            raise BadHierarchyError(message, missing=parent or "targets")
        return self.targets[parent]

    def _check_age(
        self, file: SignedFile[Timestamp] | SignedFile[Snapshot] | SignedFile[Targets]
    ) -> None:
        trusted = self.remembered.get(file.role, 0)
        if file.version < trusted:
            raise RollbackError(file.role, file.version, trusted)
        file.check_expiry(self.now)
