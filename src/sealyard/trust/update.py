"""Judging uploads: may this one be the next state of a repository's trust data.

The server's judge. Pure: it gets what is stored and what was sent, and returns the files of the
next state, the snapshot and timestamp signed by the registry among them, or raises. The order is
notary's::

    every part is read → root → targets, shallow before deep → snapshot, sent or made → timestamp

Stricter than notary where its leniency lets an upload make a repository unreadable: bytes must be
canonical, no file may hold unsigned members, versions may not leap nor lives be endless, a new
root must not orphan the stored targets, and a sent snapshot must name only files that are there.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealyard.trust.errors import (
    BadHierarchyError,
    BadRootError,
    BadSnapshotError,
    BadTargetsError,
    InvalidUpdateError,
    MetadataContentError,
    MetadataFormatError,
    SignatureError,
    StaleUpdateError,
    TrustError,
)
from sealyard.trust.metadata import Root, Targets
from sealyard.trust.root_trust import check_root, check_rotation
from sealyard.trust.signed_file import (
    SignedFile,
    parse_root,
    parse_snapshot,
    parse_targets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.limits import TrustLimits
    from sealyard.trust.metadata import Snapshot
    from sealyard.trust.roles import RoleName

_BASE_ROLES = ("root", "targets", "snapshot", "timestamp")
_NEW_REPOSITORY_ROOTS = (1, 2)  # 2: a client that rotated its root key before it first published


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One part of an upload."""

    role: RoleName
    raw: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The current file of a role. ``raw`` is only there for the roles in ``roles_needed``."""

    version: int
    sha256: str
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """An upload that may become the next state, but for what the registry adds to it.

    ``files`` are in the order root, targets, delegations, snapshot. ``root`` is the one in force.
    """

    root: SignedFile[Root]
    files: tuple[SignedFile[Root] | SignedFile[Targets] | SignedFile[Snapshot], ...]

    @property
    def sends_snapshot(self) -> bool:
        """Whether the client brought its own snapshot."""
        return any(file.role == "snapshot" for file in self.files)


def roles_needed(uploads: Iterable[UploadedFile]) -> set[str]:
    """Return the roles whose stored bytes ``check_upload`` and the generation after it read."""
    sent = {upload.role for upload in uploads}
    needed = {"root", "snapshot", "timestamp"}
    for role in sent:
        above = role
        while above.is_delegation:
            above = above.parent
            needed.add(above.text)
    names = {role.text for role in sent}
    if "root" in names:
        needed.add("targets")
    return needed - (names - {"root", "snapshot"})


def check_upload(
    gun: str,
    uploads: Sequence[UploadedFile],
    stored: Mapping[str, StoredFile],
    now: datetime,
    limits: TrustLimits,
) -> CheckedUpload:
    """Judge ``uploads`` against what is ``stored`` for ``gun``.

    Raise ``MetadataFormatError`` for bytes that are no metadata, ``InvalidUpdateError`` or a child
    for an upload that breaks a rule, ``StaleUpdateError`` for a version that is already there.
    """
    judge = _Judge(gun, stored, now, limits)
    judge.read(uploads)
    judge.judge_root()
    judge.judge_targets()
    judge.judge_snapshot()
    judge.judge_versions()
    return CheckedUpload(judge.root_in_force(), judge.in_order())


@dataclass(slots=True)
class _Judge:
    gun: str
    stored: Mapping[str, StoredFile]
    now: datetime
    limits: TrustLimits
    root: SignedFile[Root] | None = None
    stored_root: SignedFile[Root] | None = None
    targets: dict[str, SignedFile[Targets]] = field(default_factory=dict)
    stored_targets: dict[str, SignedFile[Targets]] = field(default_factory=dict)
    snapshot: SignedFile[Snapshot] | None = None

    def read(self, uploads: Sequence[UploadedFile]) -> None:
        if len(uploads) > self.limits.files:
            message = f"{len(uploads)} files are over the limit of {self.limits.files}"
            raise InvalidUpdateError(message)
        seen: set[str] = set()
        for upload in uploads:
            role = upload.role.text
            if role in seen:
                message = f"two files were sent for the role {role}; send each role once"
                raise InvalidUpdateError(message)
            seen.add(role)
            with _blaming(role):
                self._read_one(upload)

    def _read_one(self, upload: UploadedFile) -> None:
        role, raw = upload.role.text, upload.raw
        if role == "root":
            self.root = parse_root(raw, self.limits)
        elif role == "snapshot":
            self.snapshot = parse_snapshot(raw, self.limits)
        elif upload.role.is_targets:
            self.targets[role] = parse_targets(raw, role, self.limits)
        # A timestamp is accepted by name, as notary does, and its content thrown away: the
        # registry always makes its own.

    def root_in_force(self) -> SignedFile[Root]:
        root = self.root or self.stored_root
        if root is None:
            message = "no pre-existing root and no root provided in update."
            raise InvalidUpdateError(message)
        return root

    def in_order(self) -> tuple[SignedFile[Root] | SignedFile[Targets] | SignedFile[Snapshot], ...]:
        root = (self.root,) if self.root else ()
        snapshot = (self.snapshot,) if self.snapshot else ()
        return (*root, *self._by_depth(), *snapshot)

    def judge_root(self) -> None:
        stored = self.stored.get("root")
        if stored is not None:
            self.stored_root = parse_root(stored.raw, self.limits)
        if self.root is None:
            self.root_in_force()
            return
        with _blaming("root"):
            self._check_root_version(self.root.version)
            self._check_file(self.root, self.limits.root_lifetime)
            if self.stored_root is not None:
                check_rotation(self.root, self.stored_root.content, self.gun)
            check_root(self.root, self.gun, self.now)
        self._check_nothing_orphaned(self.root.content)

    def _check_root_version(self, version: int) -> None:
        if self.stored_root is None:
            if version not in _NEW_REPOSITORY_ROOTS:
                raise BadRootError(_root_version_message(1, version))
        elif version not in (self.stored_root.version, self.stored_root.version + 1):
            raise BadRootError(_root_version_message(self.stored_root.version, version))

    def _check_nothing_orphaned(self, root: Root) -> None:
        """Refuse a root under which the stored targets would no longer verify.

        Notary takes such a root, and from then on no client can read the repository.
        """
        stored = self.stored.get("targets")
        if "targets" in self.targets or stored is None or self.stored_root is None:
            return
        if root.role("targets") == self.stored_root.content.role("targets"):
            return
        try:
            parse_targets(stored.raw, "targets", self.limits).verify(*root.role("targets"))
        except SignatureError as error:
            message = (
                "the new root gives targets to other keys than those that signed the stored "
                "targets: send targets signed anew together with the root"
            )
            raise BadHierarchyError(message, missing="targets") from error

    def judge_targets(self) -> None:
        if "targets" not in self.targets and "targets" not in self.stored:
            message = "targets must be loaded first"
            raise InvalidUpdateError(message)
        for file in self._by_depth():
            with _blaming(file.role):
                self._check_file(file, self.limits.targets_lifetime)
                keys, threshold = self._keys_of(file.role)
                file.verify(keys, threshold)

    def _by_depth(self) -> list[SignedFile[Targets]]:
        return sorted(self.targets.values(), key=lambda file: (file.role.count("/"), file.role))

    def _keys_of(self, role: str) -> tuple[dict[str, PublicKey], int]:
        """Return the keys of a targets role, along declarations that lead down to it."""
        if role == "targets":
            return self.root_in_force().content.role("targets")
        parent = role.rpartition("/")[0]
        self._keys_of(parent)
        delegations = self._targets_of(parent).content.delegations
        declared = delegations.find(role)
        if declared is None:
            message = f"tuf: invalid role {role}. delegation does not exist"
            raise BadTargetsError(message)
        return delegations.role_keys(declared)

    def _targets_of(self, role: str) -> SignedFile[Targets]:
        if role in self.targets:
            return self.targets[role]
        stored = self.stored.get(role)
        if stored is None:
            message = f"tuf: invalid role {role}. delegation does not exist"
            raise BadTargetsError(message)
        if role not in self.stored_targets:  # read once, however many files lie below it
            self.stored_targets[role] = parse_targets(stored.raw, role, self.limits)
        return self.stored_targets[role]

    def judge_snapshot(self) -> None:
        snapshot = self.snapshot
        if snapshot is None:
            return
        with _blaming("snapshot"):
            self._check_file(snapshot, self.limits.snapshot_lifetime)
            snapshot.verify(*self.root_in_force().content.role("snapshot"))
            self._check_entries(snapshot.content)

    def _check_entries(self, snapshot: Snapshot) -> None:
        sent: dict[str, bytes] = {role: file.raw for role, file in self.targets.items()}
        if self.root is not None:
            sent["root"] = self.root.raw
        for role in sent:
            if role not in snapshot.meta:
                message = (
                    f"snapshot type metadata invalid: missing {role} sha256 checksum information"
                )
                raise BadSnapshotError(message)
        for role, info in snapshot.meta.items():
            if role in sent:
                info.check(role, sent[role])
                # Clients read no further than this: a shorter length cuts the file off for all.
                if info.length < len(sent[role]):
                    message = f"{role} is {len(sent[role])} bytes long, not {info.length}"
                    raise BadSnapshotError(message)
            elif role not in self.stored:
                message = f"it names {role[:255]}, which is neither stored nor in this upload"
                raise BadSnapshotError(message)
            elif info.hashes.get("sha256", b"").hex() != self.stored[role].sha256:
                expected = self.stored[role].sha256
                message = f"sha256 checksum for {role} did not match: stored is {expected}"
                raise BadSnapshotError(message)

    def judge_versions(self) -> None:
        for file in self.in_order():
            stored = self.stored.get(file.role)
            before = stored.version if stored is not None else 0
            if file.version <= before:
                raise StaleUpdateError(file.role, file.version, before)

    def _check_file(
        self,
        file: SignedFile[Root] | SignedFile[Targets] | SignedFile[Snapshot],
        lifetime: timedelta,
    ) -> None:
        file.check_expiry(self.now)
        if file.expires - self.now > lifetime:
            reason = f"expires on {file.expires:%Y-%m-%d}, more than {lifetime.days} days from now"
            raise MetadataContentError(file.role, reason)
        stored = self.stored.get(file.role)
        before = stored.version if stored is not None else 0
        if file.version - before > self.limits.version_jump:
            reason = f"version {file.version} leaps too far above {before}"
            raise MetadataContentError(file.role, reason)
        if not file.exact:
            reason = (
                "the file is not in canonical form (white space, order, or members that are not "
                "signed): readers would not agree on its checksum"
            )
            raise MetadataContentError(file.role, reason)
        for keyid, key in _named_keys(file.content):
            if key.id != keyid:
                # Clients stop at such a key, so nobody could read what the registry signs by it.
                reason = f"key ID is not valid for key content: {keyid[:64]}"
                raise MetadataContentError(file.role, reason)


def _named_keys(content: Root | Targets | Snapshot) -> Iterator[tuple[str, PublicKey]]:
    """Yield the keys that a role of ``content`` names, each under the id used there."""
    if isinstance(content, Root):
        for name in _BASE_ROLES:
            yield from content.role(name)[0].items()
    elif isinstance(content, Targets):
        for declared in content.delegations.declared:
            yield from content.delegations.role_keys(declared)[0].items()


_BLAME: dict[str, type[InvalidUpdateError]] = {"root": BadRootError, "snapshot": BadSnapshotError}


@contextmanager
def _blaming(role: str) -> Iterator[None]:
    """Turn whatever is wrong with the file of ``role`` into the name that clients know."""
    try:
        yield
    except MetadataContentError as error:
        raise _BLAME.get(role, BadTargetsError)(str(error)) from error
    except (InvalidUpdateError, MetadataFormatError, StaleUpdateError):
        raise
    except TrustError as error:
        raise _BLAME.get(role, BadTargetsError)(str(error)) from error


def _root_version_message(current: int, new: int) -> str:
    return f"Root modifications must increment the version. Current {current}, new {new}"
