"""The registry's side of trust data, in memory: the two judges without database and clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealyard.trust.limits import Lifetimes, TrustLimits
from sealyard.trust.next_state import Making, NewFile, RegistryKeys, next_state, renewed_state
from sealyard.trust.roles import RoleName
from sealyard.trust.trusted_set import TrustedSet
from sealyard.trust.update import StoredFile, UploadedFile, check_upload
from trust_owner import GUN, NOW, KeyPair, Owner

if TYPE_CHECKING:
    from datetime import datetime

LIMITS = TrustLimits()


@dataclass(slots=True)
class Registry:
    """Current files of one GUN, and the registry's two keys."""

    gun: str = GUN
    now: datetime = NOW
    limits: TrustLimits = LIMITS
    snapshot: KeyPair = field(default_factory=KeyPair.bare)
    timestamp: KeyPair = field(default_factory=KeyPair.bare)
    held: dict[str, KeyPair] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hold(self.snapshot)
        self.hold(self.timestamp)

    def hold(self, pair: KeyPair) -> KeyPair:
        """Have the registry hold one more key."""
        self.held[pair.id] = pair
        return pair

    def owner(self) -> Owner:
        """Return an owner whose root names the registry's keys."""
        return Owner(self.snapshot.public, self.timestamp.public, gun=self.gun, now=self.now)

    def publish(self, **files: bytes) -> tuple[NewFile, ...]:
        """Judge and store an upload; roles are spelled with ``__`` for the slash."""
        return self.publish_files({role.replace("__", "/"): raw for role, raw in files.items()})

    def publish_files(self, files: dict[str, bytes]) -> tuple[NewFile, ...]:
        """Judge and store an upload."""
        return self.publish_parts(list(files.items()))

    def publish_parts(self, parts: list[tuple[str, bytes]]) -> tuple[NewFile, ...]:
        """Judge and store an upload whose parts may name a role twice."""
        uploads = [UploadedFile(RoleName.parse(role), raw) for role, raw in parts]
        checked = check_upload(self.gun, uploads, self.files, self.now, self.limits)
        return self._store(next_state(checked, self.files, self.making()))

    def renew(self) -> tuple[NewFile, ...]:
        """Renew what is due, and store it."""
        return self._store(renewed_state(self.files, self.making()))

    def believed(self, roles: tuple[str, ...] = ()) -> TrustedSet:
        """Walk the current files as a fresh client does, with the delegations ``roles``."""
        trusted = TrustedSet.on_first_use(self.gun, self.raw("root"), self.now, self.limits)
        trusted.finish_roots()
        trusted.update_timestamp(self.raw("timestamp"))
        trusted.update_snapshot(self.raw("snapshot"))
        for role in ("targets", *roles):
            trusted.update_targets(self.raw(role), role)
        return trusted

    def raw(self, role: str) -> bytes:
        """Return the current bytes of ``role``."""
        return self.files[role].raw

    def making(self) -> Making:
        """Return what making files takes."""
        held = {keyid: pair.public for keyid, pair in self.held.items()}
        keys = RegistryKeys(held, lambda keyid, message: self.held[keyid].sign(message))
        return Making(keys, self.now, Lifetimes(), self.limits)

    def _store(self, new: tuple[NewFile, ...]) -> tuple[NewFile, ...]:
        for file in new:
            self.files[file.role] = StoredFile(file.version, file.sha256, file.raw)
            if file.role == "root":
                self.roots[file.version] = file.raw
        return new
