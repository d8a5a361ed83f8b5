"""Judging downloads: may this file be believed. The client's judge, one file after the other.

::

    trusted root ─▶ root n+1 … ─▶ timestamp ─▶ snapshot ─▶ targets ─▶ targets/a ─▶ targets/a/b

Every method takes a file's bytes, raises if it may not be believed, and otherwise takes it into
the set. Whoever fetches and stores lives elsewhere. What was believed in an earlier session only
ever moves forward, for as long as the keys that signed it are still those of its role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from sealyard.trust.errors import (
    BadHierarchyError,
    DelegationUnusableError,
    ExpiredMetadataError,
    NotSignedError,
    PinMismatchError,
    RollbackError,
    TrustError,
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

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.limits import TrustLimits
    from sealyard.trust.metadata import FileInfo, Root, Snapshot, Targets, Timestamp

    AnyFile = SignedFile[Root] | SignedFile[Timestamp] | SignedFile[Snapshot] | SignedFile[Targets]


class Expiry(Enum):
    """What is done about a file that has expired."""

    REFUSED = "refused"
    FORGIVEN = "forgiven"  # for the owner, who cannot repair it without having read it


@dataclass(frozen=True, slots=True)
class Signed:
    """A target that may be believed, and the role that named it."""

    role: str
    info: FileInfo


@dataclass(slots=True)
class TrustedSet:
    """The files of one GUN that may be believed at the instant ``now``.

    ``remembered`` holds, per role, the highest version that was ever believed. ``earlier`` holds,
    per role, the file that was believed last: its version counts as long as it is signed by the
    present keys of its role, so that a version that a thief ran up is forgotten with the stolen
    key (TUF 5.3.11, fast-forward). ``refused`` holds the delegations that are declared and named
    but cannot be believed, with the reason; ``expired`` what was forgiven.
    """

    gun: str
    root: SignedFile[Root]
    now: datetime
    limits: TrustLimits
    remembered: Mapping[str, int] = field(default_factory=dict)
    timestamp: SignedFile[Timestamp] | None = None
    snapshot: SignedFile[Snapshot] | None = None
    targets: dict[str, SignedFile[Targets]] = field(default_factory=dict)
    earlier: Mapping[str, bytes] = field(default_factory=dict)
    expiry: Expiry = Expiry.REFUSED
    refused: dict[str, TrustError] = field(default_factory=dict)
    expired: list[ExpiredMetadataError] = field(default_factory=list)

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
        file.check_extraneous()
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
        """Start from a ``root`` that was believed before; its certificate may have expired.

        Raise ``CertificateError`` or ``SignatureError`` if it is none of ``gun`` at all.
        """
        file = parse_root(root, limits)
        file.check_extraneous()
        check_root(file, gun, None)
        return cls(gun, file, now, limits, remembered)

    def update_root(self, raw: bytes) -> None:
        """Take the root that follows: one version up, signed by the keys of both.

        Its dates and those of its certificates are judged when the chain has ended, by
        ``finish_roots``: a root in the middle may have expired long ago.
        """
        file = parse_root(raw, self.limits)
        file.check_extraneous()
        check_rotation(file, self.root.content, self.gun)
        check_root(file, self.gun, None)
        if file.version < self.root.version:
            raise RollbackError(role="root", version=file.version, trusted=self.root.version)
        if file.version > self.root.version + 1:
            message = f"root {file.version} cannot follow root {self.root.version}"
            raise BadHierarchyError(message, missing="root")
        self.root = file

    def finish_roots(self) -> None:
        """End the chain of roots.

        Raise ``ExpiredMetadataError`` if the last one is too old, ``CertificateError`` if its
        certificates are.
        """
        dated = self.now if self.expiry is Expiry.REFUSED else None
        check_root(self.root, self.gun, dated)
        self._check_expiry(self.root)

    def start_again(self) -> None:
        """Keep the root and forget everything below it, which is to be taken anew."""
        self.timestamp = self.snapshot = None
        self.targets, self.refused, self.expired = {}, {}, []

    def update_timestamp(self, raw: bytes) -> None:
        """Take the timestamp that the root's timestamp keys signed."""
        file = parse_timestamp(raw, self.limits)
        self._check(file, *self.root.content.role("timestamp"))
        self.timestamp = file

    def update_snapshot(self, raw: bytes) -> None:
        """Take the snapshot that the timestamp names."""
        self.named_snapshot().check("snapshot", raw)
        file = parse_snapshot(raw, self.limits)
        self._check(file, *self.root.content.role("snapshot"))
        self.snapshot = file

    def named_snapshot(self) -> FileInfo:
        """Return what the timestamp says of the snapshot."""
        if self.timestamp is None:
            message = "the snapshot cannot be judged before the timestamp"
            raise BadHierarchyError(message, missing="timestamp")
        return self.timestamp.content.meta["snapshot"]

    def check_named_root(self) -> None:
        """Raise ``HashMismatchError`` unless the root is the one that the snapshot names.

        So nobody can keep a newer root from a client that got a newer snapshot.
        """
        self.expected("root").check("root", self.root.raw)

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
        self._check(file, *keys)
        self.targets[role] = file
        self.refused.pop(role, None)

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

    def signer_roles(self) -> list[str]:
        """Return every delegation that ``targets`` declares, in the order of the declarations."""
        file = self.targets.get("targets")
        return [] if file is None else [one.name for one in file.content.delegations.declared]

    def unpublished(self, role: str) -> list[str]:
        """Return the delegations that ``role`` declares and the snapshot does not name.

        Docker declares a delegation when a signer is added; its file comes with the first
        signature. Whether one was there before, only who saw it can tell: ``earlier`` knows.
        """
        if role not in self.targets or self.snapshot is None:
            return []
        meta = self.snapshot.content.meta
        roles = self.targets[role].content.delegations.declared
        return [declared.name for declared in roles if declared.name not in meta]

    def refuse(self, role: str, cause: TrustError) -> None:
        """Note that the file of the delegation ``role`` cannot be believed."""
        self.refused[role] = cause

    def find(self, target: str, role: str) -> FileInfo | None:
        """Return what ``role`` says of ``target``, if it may and does say anything.

        A name outside the paths of any delegation on the way counts as not said. Raise
        ``DelegationUnusableError`` if the role, or one above it, might say something but cannot
        be believed.
        """
        self._check_usable(target, role)
        file = self.targets.get(role)
        if file is None or not self._may_name(target, role):
            return None
        return file.content.targets.get(target)

    def lookup(
        self, target: str, roles: tuple[str, ...] = ("targets/releases", "targets")
    ) -> Signed:
        """Return ``target`` from the first of ``roles`` that names it, as docker does.

        Raise ``NotSignedError`` if none does, ``DelegationUnusableError`` if one that is asked
        before may name it but cannot be believed (docker passes it over and asks the next, which
        is what an attacker wants).
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

    def _check_usable(self, target: str, role: str) -> None:
        """Raise ``DelegationUnusableError`` if ``role`` may name ``target`` and is refused."""
        names = role.split("/")
        for depth in range(2, len(names) + 1):
            name = "/".join(names[:depth])
            parent = self.targets.get("/".join(names[: depth - 1]))
            declared = None if parent is None else parent.content.delegations.find(name)
            if declared is None or not declared.covers(target):
                return
            cause = self.refused.get(name)
            if cause is not None:
                raise DelegationUnusableError(name, target, cause)

    def _check(
        self,
        file: SignedFile[Timestamp] | SignedFile[Snapshot] | SignedFile[Targets],
        keys: Mapping[str, PublicKey],
        threshold: int,
    ) -> None:
        file.check_extraneous()
        file.verify(keys, threshold)
        trusted = self._seen(file, keys, threshold)
        if file.version < trusted:
            raise RollbackError(file.role, file.version, trusted)
        self._check_expiry(file)

    def _seen(
        self,
        file: SignedFile[Timestamp] | SignedFile[Snapshot] | SignedFile[Targets],
        keys: Mapping[str, PublicKey],
        threshold: int,
    ) -> int:
        """Return the highest version of the role that was believed before and still counts."""
        seen = self.remembered.get(file.role, 0)
        raw = self.earlier.get(file.role)
        if raw is None or raw == file.raw:
            return seen
        try:
            before = _parsed(file.role, raw, self.limits)
            before.verify(keys, threshold)
        except TrustError:
            return seen
        return max(seen, before.version)

    def _check_expiry(self, file: AnyFile) -> None:
        try:
            file.check_expiry(self.now)
        except ExpiredMetadataError as error:
            if self.expiry is Expiry.REFUSED:
                raise
            self.expired.append(error)


def _parsed(
    role: str, raw: bytes, limits: TrustLimits
) -> SignedFile[Timestamp] | SignedFile[Snapshot] | SignedFile[Targets]:
    if role == "timestamp":
        return parse_timestamp(raw, limits)
    if role == "snapshot":
        return parse_snapshot(raw, limits)
    return parse_targets(raw, role, limits)
