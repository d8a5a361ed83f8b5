"""The state of a repository's trust data: roles, who signs, until when, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.trust.errors import KeyFormatError
from sealyard.trust.policy import signer_name
from sealyard.trust.root_keys import root_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sealyard.client.trust.changelist import StagedChange
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.root_keys import RootKey
    from sealyard.trust.trusted_set import AnyFile, TrustedSet


@dataclass(frozen=True, slots=True)
class RoleStatus:
    """One role. ``keys`` are the ids of its keys, bare but for the root's.

    ``version`` and ``expires`` are ``None`` if its file was never published or cannot be believed;
    ``problem`` says so then, and whether it has expired; empty: nothing is wrong. ``names`` counts
    the tags that it names.
    """

    role: str
    version: int | None
    expires: datetime | None
    threshold: int
    keys: tuple[str, ...]
    names: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class TrustStatus:
    """The trust data of ``gun``; ``signers`` has the ids of each signer's keys."""

    gun: str
    root_keys: tuple[RootKey, ...]
    roles: tuple[RoleStatus, ...]
    signers: Mapping[str, tuple[str, ...]]
    staged: tuple[StagedChange, ...]


def trust_status(trusted: TrustedSet, staged: Iterable[StagedChange]) -> TrustStatus:
    """Describe ``trusted``, as ``TrustReader.refresh_for_publishing`` returns it."""
    root = trusted.root.content
    base = (trusted.root, trusted.targets.get("targets"), trusted.snapshot, trusted.timestamp)
    roles = [
        _role(trusted, file.role, file, root.role(file.role)) for file in base if file is not None
    ]
    signers: dict[str, tuple[str, ...]] = {}
    for parent, file in list(trusted.targets.items()):
        delegations = file.content.delegations
        for declared in delegations.declared:
            keys = delegations.role_keys(declared)
            found = trusted.targets.get(declared.name)
            roles.append(_role(trusted, declared.name, found, keys))
            name = signer_name(declared.name) if parent == "targets" else None
            if name is not None:
                signers[name] = _ids(declared.name, keys[0])
    return TrustStatus(trusted.gun, tuple(root_keys(root)), tuple(roles), signers, tuple(staged))


def _role(
    trusted: TrustedSet,
    role: str,
    file: AnyFile | None,
    keys: tuple[Mapping[str, PublicKey], int],
) -> RoleStatus:
    targets = trusted.targets.get(role)
    return RoleStatus(
        role=role,
        version=None if file is None else file.version,
        expires=None if file is None else file.expires,
        threshold=keys[1],
        keys=_ids(role, keys[0]),
        names=None if targets is None else len(targets.content.targets),
        problem=_problem(trusted, role, file),
    )


def _problem(trusted: TrustedSet, role: str, file: AnyFile | None) -> str:
    if role in trusted.refused:
        return str(trusted.refused[role])
    if file is None:
        return "never published"
    return next((str(error) for error in trusted.expired if error.role == role), "")


def _ids(role: str, keys: Mapping[str, PublicKey]) -> tuple[str, ...]:
    return tuple(keyid if role == "root" else _bare(keyid, key) for keyid, key in keys.items())


def _bare(keyid: str, key: PublicKey) -> str:
    try:
        return key.canonical_id
    except KeyFormatError:
        return keyid
