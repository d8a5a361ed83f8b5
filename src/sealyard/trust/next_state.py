"""What the registry itself adds to trust data: the snapshot where it holds the key, the timestamp.

Pure like the judge before it: the private keys stay behind a ``Signer``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.trust.errors import BadHierarchyError, BadRootError
from sealyard.trust.generation import next_snapshot, next_timestamp, signed
from sealyard.trust.metadata import Targets
from sealyard.trust.signed_file import SignedFile, parse_root, parse_snapshot, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sealyard.trust.generation import Signer
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.limits import Lifetimes, TrustLimits
    from sealyard.trust.metadata import Root, Snapshot, Timestamp
    from sealyard.trust.update import CheckedUpload, StoredFile


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that becomes the current one of its role.

    ``names`` counts the targets in it, ``signed_by`` lists the registry's keys that signed it.
    """

    role: str
    version: int
    raw: bytes
    sha256: str
    names: int = 0
    signed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryKeys:
    """The keys that the registry holds for one GUN, by id, and how to sign with them."""

    held: Mapping[str, PublicKey]
    signer: Signer

    def for_role(self, root: Root, role: str) -> list[PublicKey] | None:
        """Return the held keys that can sign for ``role``; ``None`` if they are too few."""
        spec = root.roles[role]
        keys = [self.held[keyid] for keyid in dict.fromkeys(spec.keyids) if keyid in self.held]
        return keys if len(keys) >= spec.threshold else None


@dataclass(frozen=True, slots=True)
class Making:
    """What making files takes besides the stored ones."""

    keys: RegistryKeys
    now: datetime
    lifetimes: Lifetimes
    limits: TrustLimits


def next_state(
    checked: CheckedUpload, stored: Mapping[str, StoredFile], making: Making
) -> tuple[NewFile, ...]:
    """Return every file of the state after ``checked``, in the order of their making.

    Empty for an empty upload. Raise ``BadRootError`` or ``BadHierarchyError`` if the registry
    does not hold the keys that the root in force names.
    """
    if not checked.files:
        return ()
    root = checked.root.content
    new = [_sent(file) for file in checked.files]
    if not checked.sends_snapshot:
        sent = {file.role: file.raw for file in checked.files}
        new.append(_snapshot(root, sent, stored, making))
    new.append(_timestamp(root, new[-1].raw, stored, making, in_upload="root" in _roles(checked)))
    return tuple(new)


def renewed_state(stored: Mapping[str, StoredFile], making: Making) -> tuple[NewFile, ...]:
    """Return the snapshot and timestamp that are due for renewal; often none.

    A snapshot that the client signs is left alone. The root's expiry plays no part: whether to
    believe it is for the clients to say.
    """
    root = parse_root(stored["root"].raw, making.limits).content
    snapshot = parse_snapshot(stored["snapshot"].raw, making.limits)
    timestamp = parse_timestamp(stored["timestamp"].raw, making.limits)
    new: list[NewFile] = []
    raw = snapshot.raw
    if _is_due(snapshot, making.now, making.lifetimes) and making.keys.for_role(root, "snapshot"):
        new.append(_snapshot(root, {}, stored, making))
        raw = new[0].raw
    if new or _is_due(timestamp, making.now, making.lifetimes):
        new.append(_timestamp(root, raw, stored, making, in_upload=False))
    return tuple(new)


def renewal_due(
    new: tuple[NewFile, ...], stored: Mapping[str, StoredFile], making: Making
) -> datetime:
    """Return when the state that ``new`` makes of ``stored`` is to be renewed.

    ``new`` ends in a timestamp made just now. A snapshot that the client signs does not count:
    nobody here could renew it.
    """
    due = making.now + making.lifetimes.timestamp / 2
    made = next((file for file in new if file.role == "snapshot"), None)
    if made is not None:
        return min(due, making.now + making.lifetimes.snapshot / 2) if made.signed_by else due
    kept = parse_snapshot(stored["snapshot"].raw, making.limits)
    if not any(signature.keyid in making.keys.held for signature in kept.signatures):
        return due
    return min(due, kept.expires - making.lifetimes.snapshot / 2)


def _is_due(
    file: SignedFile[Snapshot] | SignedFile[Timestamp], now: datetime, lifetimes: Lifetimes
) -> bool:
    whole = lifetimes.snapshot if file.role == "snapshot" else lifetimes.timestamp
    return file.expires - now <= whole / 2


def _roles(checked: CheckedUpload) -> set[str]:
    return {file.role for file in checked.files}


def _snapshot(
    root: Root, sent: Mapping[str, bytes], stored: Mapping[str, StoredFile], making: Making
) -> NewFile:
    keys = making.keys.for_role(root, "snapshot")
    if keys is None:
        message = (
            "no snapshot was included in update and server does not hold current snapshot key "
            "for repository"
        )
        raise BadHierarchyError(message, missing="snapshot")
    before = stored.get("snapshot")
    previous = parse_snapshot(before.raw, making.limits).content if before is not None else None
    version = before.version + 1 if before is not None else 1
    expires = making.now + making.lifetimes.snapshot
    content = next_snapshot(previous, sent, version, expires)
    return _made("snapshot", version, signed(content, keys, making.keys.signer), keys)


def _timestamp(
    root: Root,
    snapshot: bytes,
    stored: Mapping[str, StoredFile],
    making: Making,
    *,
    in_upload: bool,
) -> NewFile:
    keys = making.keys.for_role(root, "timestamp")
    if keys is None:
        named = ", ".join(keyid[:12] for keyid in root.roles["timestamp"].keyids)
        message = (
            f"no timestamp keys exist on the server: the root names {named}, which this registry "
            "does not hold; fetch the registry's timestamp key and sign the root anew"
        )
        raise (
            BadRootError(message) if in_upload else BadHierarchyError(message, missing="timestamp")
        )
    before = stored.get("timestamp")
    version = before.version + 1 if before is not None else 1
    content = next_timestamp(snapshot, version, making.now + making.lifetimes.timestamp)
    return _made("timestamp", version, signed(content, keys, making.keys.signer), keys)


def _sent(file: SignedFile[Root] | SignedFile[Targets] | SignedFile[Snapshot]) -> NewFile:
    names = len(file.content.targets) if isinstance(file.content, Targets) else 0
    return NewFile(file.role, file.version, file.raw, file.sha256, names=names)


def _made(role: str, version: int, raw: bytes, keys: list[PublicKey]) -> NewFile:
    digest = hashlib.sha256(raw).hexdigest()
    return NewFile(role, version, raw, digest, signed_by=tuple(key.id for key in keys))
