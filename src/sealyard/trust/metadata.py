"""The four kinds of metadata file, read strictly, with their exact bytes kept.

::

    file = {"signed": content, "signatures": [{"keyid", "method", "sig"}]}

    Root       keys, and for each base role its key ids and threshold
    Targets    targets (name to hashes and length) and delegations; also each delegation's file
    Snapshot   hashes and length of root, targets and every delegation
    Timestamp  hashes and length of snapshot

Hashes in a parent are over a file's raw bytes; signatures are over the canonical form of its
content. Contents are msgspec structs: decoding 10,000 targets takes two milliseconds that way, and
writing them back shows whether the file was canonical.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Self

from msgspec import UNSET, Meta, Struct, UnsetType, field

from sealyard.trust.canonical import LARGEST_INTEGER
from sealyard.trust.errors import HashMismatchError
from sealyard.trust.keys import PublicKey

_HASHES = {"sha512": hashlib.sha512, "sha256": hashlib.sha256}

Count = Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)]
Whole = Annotated[int, Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]


class FileInfo(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a parent says about a file: raw digests by algorithm, and bytes."""

    hashes: dict[str, bytes]
    length: Count
    custom: Any = UNSET

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Describe ``raw`` as snapshot and timestamp do: sha256, sha512 and length."""
        digests = {name: new(raw).digest() for name, new in _HASHES.items()}
        return cls(hashes=digests, length=len(raw))

    def check(self, role: str, raw: bytes) -> None:
        """Raise ``HashMismatchError`` unless ``raw`` is the file that is meant.

        The length is a bound for downloading, not a promise: notary's clients take a shorter file
        whose hashes fit. A parent that names no known digest vouches for nothing.
        """
        known = [name for name in _HASHES if name in self.hashes]
        if not known:
            raise HashMismatchError(role, "sha256", "none was given", "")
        for name in known:
            actual = _HASHES[name](raw).digest()
            if actual != self.hashes[name]:
                raise HashMismatchError(role, name, self.hashes[name].hex(), actual.hex())


class KeyValue(Struct, frozen=True, gc=False):
    """The inner part of a key object; ``private`` is always null in a file."""

    private: None
    public: bytes


class KeyObject(Struct, frozen=True, gc=False):
    """A public key as files hold it."""

    keytype: str
    keyval: KeyValue

    @classmethod
    def of(cls, key: PublicKey) -> Self:
        """Put ``key`` into the form of files."""
        return cls(keytype=key.keytype, keyval=KeyValue(private=None, public=key.public))

    @property
    def key(self) -> PublicKey:
        """The key in it."""
        return PublicKey(self.keytype, self.keyval.public)


class RoleKeys(Struct, frozen=True):
    """Which keys sign for a base role, and how many of them must."""

    keyids: list[str]
    threshold: Whole


class Root(Struct, frozen=True):
    """The content of ``root.json``."""

    type: str = field(name="_type")
    consistent_snapshot: bool
    expires: str
    keys: dict[str, KeyObject]
    roles: dict[str, RoleKeys]
    version: Whole

    def role(self, name: str) -> tuple[dict[str, PublicKey], int]:
        """Return the keys of the base role ``name`` under their ids, and its threshold."""
        spec = self.roles[name]
        return {keyid: self.keys[keyid].key for keyid in spec.keyids}, spec.threshold


class DelegationRole(Struct, frozen=True, omit_defaults=True):
    """A delegation as its parent declares it; ``paths`` are prefixes of target names."""

    keyids: list[str] | None  # Go writes null once the last key was removed
    name: str
    threshold: Whole
    paths: list[str] | UnsetType = UNSET

    def covers(self, target: str) -> bool:
        """Tell whether the delegation may name ``target``."""
        return any(target.startswith(path) for path in self.paths or ())


class Delegations(Struct, frozen=True):
    """The delegations that a targets file declares, with the keys that they use."""

    keys: dict[str, KeyObject]
    roles: list[DelegationRole] | None  # Go writes null once the last delegation was removed

    @property
    def declared(self) -> list[DelegationRole]:
        """The declarations in their order; the first that covers a target is asked first."""
        return self.roles or []

    def find(self, name: str) -> DelegationRole | None:
        """Return the declaration of the role ``name``, if there is one."""
        return next((role for role in self.declared if role.name == name), None)

    def role_keys(self, role: DelegationRole) -> tuple[dict[str, PublicKey], int]:
        """Return the keys of ``role`` under their ids, and its threshold."""
        return {keyid: self.keys[keyid].key for keyid in role.keyids or ()}, role.threshold


class Targets(Struct, frozen=True):
    """The content of ``targets.json`` or of a delegation's file."""

    type: str = field(name="_type")
    expires: str
    targets: dict[str, FileInfo]
    version: Whole
    delegations: Delegations = field(default_factory=lambda: Delegations(keys={}, roles=[]))


class Snapshot(Struct, frozen=True):
    """The content of ``snapshot.json``."""

    type: str = field(name="_type")
    expires: str
    meta: dict[str, FileInfo]
    version: Whole


class Timestamp(Struct, frozen=True):
    """The content of ``timestamp.json``."""

    type: str = field(name="_type")
    expires: str
    meta: dict[str, FileInfo]
    version: Whole


class Common(Struct, frozen=True):
    """What every content has."""

    type: str = field(name="_type")
    expires: str
    version: Whole


Content = Root | Targets | Snapshot | Timestamp

TYPES: dict[type, str] = {
    Root: "Root",
    Targets: "Targets",
    Snapshot: "Snapshot",
    Timestamp: "Timestamp",
}
