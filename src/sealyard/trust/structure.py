"""The rules that a file's content obeys by itself, before any key or neighbour is looked at.

The sentences are notary's where it has one, for users search the web for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.trust.errors import InvalidRoleNameError, MetadataContentError
from sealyard.trust.metadata import TYPES, Root, Snapshot, Targets, Timestamp
from sealyard.trust.roles import RoleName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sealyard.trust.limits import TrustLimits
    from sealyard.trust.metadata import Content, DelegationRole, FileInfo, KeyObject, RoleKeys

_BASE_ROLES = ("root", "targets", "snapshot", "timestamp")
_DIGEST_BYTES = {"sha256": 32, "sha512": 64}


def check_structure(content: Content, role: str, limits: TrustLimits) -> None:
    """Raise ``MetadataContentError`` if ``content`` breaks a rule of its kind."""
    expected = TYPES[type(content)]
    if content.type != expected:
        raise MetadataContentError(role, f"expected type {expected}, not {content.type[:40]}")
    if content.version < 1:
        raise MetadataContentError(role, "version cannot be less than one")
    if isinstance(content, Root):
        _check_root(content, role, limits)
    elif isinstance(content, Targets):
        _check_delegations(content, role, limits)
    elif isinstance(content, Snapshot):
        _check_meta(content.meta, role, ("root", "targets"))
    elif isinstance(content, Timestamp):
        _check_meta(content.meta, role, ("snapshot",))


def _check_root(root: Root, role: str, limits: TrustLimits) -> None:
    _check_sizes(role, root.keys, limits)
    for name in _BASE_ROLES:
        spec = root.roles.get(name)
        if spec is None:
            raise MetadataContentError(role, f"missing {name} role specification")
        _check_keys(role, name, spec, root.keys)


def _check_delegations(targets: Targets, role: str, limits: TrustLimits) -> None:
    delegations = targets.delegations
    _check_sizes(role, delegations.keys, limits)
    _check_count(role, "delegations", len(delegations.declared), limits.delegations)
    names: set[str] = set()
    for declared in delegations.declared:
        if not _is_child(declared.name, role):
            raise MetadataContentError(role, f"delegation role {declared.name[:255]} invalid")
        if declared.name in names:
            raise MetadataContentError(role, f"delegation role {declared.name} declared twice")
        names.add(declared.name)
        _check_keys(role, declared.name, declared, delegations.keys)


def _is_child(name: str, role: str) -> bool:
    try:
        child = RoleName.parse(name)
    except InvalidRoleNameError:
        return False
    return child.is_delegation and child.parent.text == role


def _check_keys(
    role: str, name: str, spec: RoleKeys | DelegationRole, keys: Mapping[str, KeyObject]
) -> None:
    for keyid in spec.keyids or ():
        if keyid not in keys:
            reason = f"key ID {keyid[:64]} specified in {name} without corresponding key"
            raise MetadataContentError(role, reason)
    if spec.threshold < 1:
        reason = f"invalid threshold specified for {name}: {spec.threshold}"
        raise MetadataContentError(role, reason)


def _check_sizes(role: str, keys: Mapping[str, KeyObject], limits: TrustLimits) -> None:
    # What a key is, is remembered for as long as the process lives: it must be small.
    _check_count(role, "keys", len(keys), limits.keys)
    for keyid, key in keys.items():
        size = len(key.keyval.public)
        if size > limits.key_bytes:
            reason = f"key {keyid[:64]} has {size} bytes, over the limit of {limits.key_bytes}"
            raise MetadataContentError(role, reason)


def _check_meta(meta: Mapping[str, FileInfo], role: str, needed: Iterable[str]) -> None:
    for name in needed:
        info = meta.get(name)
        if info is None or "sha256" not in info.hashes:
            raise MetadataContentError(role, f"missing {name} sha256 checksum information")
    for name, info in meta.items():
        for algorithm, size in _DIGEST_BYTES.items():
            digest = info.hashes.get(algorithm)
            if digest is not None and len(digest) != size:
                raise MetadataContentError(role, f"{name[:255]} has an invalid {algorithm} hash")


def _check_count(role: str, what: str, count: int, limit: int) -> None:
    if count > limit:
        raise MetadataContentError(role, f"{count} {what} are over the limit of {limit}")
