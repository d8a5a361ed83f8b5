"""Which keys are here, which are missing for what, and what expires when: no passphrase needed.

It is told by the trust data in the cache, which was verified when it was fetched. Roles whose keys
the registry holds (timestamp, and mostly snapshot) are the registry's to renew and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.cache import TrustCache
from sealyard.trust.errors import TrustError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.signed_file import parse_root, parse_snapshot, parse_targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from sealyard.client.trust.key_store import KeyEntry, KeyStore
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.metadata import Root, Targets
    from sealyard.trust.signed_file import SignedFile

SOON: Final = timedelta(days=183)  # from when on docker renews a root with the next publish

_RELEASES: Final = "targets/releases"  # signed with the signers' own keys


@dataclass(frozen=True, slots=True)
class RoleCheck:
    """One role. ``held`` are those of its key ids that are here, ``absent`` the others.

    ``expires`` is when its file does, ``None`` if that is not cached; ``certificate_expires`` when
    the certificate of the root key does.
    """

    role: str
    held: tuple[str, ...]
    absent: tuple[str, ...]
    expires: datetime | None = None
    certificate_expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What to do about a repository; ``needed`` if something cannot be done until it is."""

    text: str
    needed: bool


@dataclass(frozen=True, slots=True)
class RepositoryCheck:
    """A repository: its roles, and what to do."""

    gun: str
    roles: tuple[RoleCheck, ...]
    findings: tuple[Finding, ...]

    @property
    def holds_keys(self) -> bool:
        """Whether any key of it is here: then somebody signs or owns it from this machine."""
        return any(role.held for role in self.roles)

    @property
    def is_complete(self) -> bool:
        """Whether nothing that is needed is missing."""
        return not any(finding.needed for finding in self.findings)


def check_keys(
    store: KeyStore, folder: Path, guns: Iterable[str], now: datetime
) -> list[RepositoryCheck]:
    """Judge the keys in ``store`` for each of ``guns`` by the cache below ``folder``."""
    entries = {entry.id: entry for entry in store.entries()}
    return [_check(TrustCache(folder, gun), gun, entries, now) for gun in guns]


def _check(
    cache: TrustCache, gun: str, entries: Mapping[str, KeyEntry], now: datetime
) -> RepositoryCheck:
    try:
        roles = tuple(_roles(cache, entries))
    except TrustError as error:
        text = (
            f"the cached trust data cannot be read: {error}; fetch it with sealyard trust inspect "
            f"{gun}"
        )
        return RepositoryCheck(gun, (), (Finding(text, needed=True),))
    if not roles:
        text = (
            f"its trust data is not here, which says what is needed: sealyard trust inspect {gun}"
        )
        return RepositoryCheck(gun, (), (Finding(text, needed=True),))
    return RepositoryCheck(gun, roles, tuple(_findings(gun, roles, now)))


def _roles(cache: TrustCache, entries: Mapping[str, KeyEntry]) -> Iterator[RoleCheck]:
    raw = cache.read("root")
    if raw is None:
        return
    root = parse_root(raw, TrustLimits())
    targets = _targets(cache, "targets")
    keys = _keys(root, "root")
    certificates = [one.certificates()[0].not_valid_after_utc for one in keys if one.is_certificate]
    yield _role("root", keys, entries, root.expires, min(certificates, default=None))
    yield _role("targets", _keys(root, "targets"), entries, targets.expires if targets else None)
    snapshot = _role("snapshot", _keys(root, "snapshot"), entries, _snapshot_expiry(cache))
    if snapshot.held:
        yield snapshot
    if targets is None:
        return
    delegations = targets.content.delegations
    for declared in delegations.declared:
        if declared.name != _RELEASES:
            listed, _ = delegations.role_keys(declared)
            own = _targets(cache, declared.name)
            yield _role(declared.name, listed.values(), entries, own.expires if own else None)


def _keys(root: SignedFile[Root], role: str) -> list[PublicKey]:
    keys, _ = root.content.role(role)
    return list(keys.values())


def _role(
    role: str,
    keys: Iterable[PublicKey],
    entries: Mapping[str, KeyEntry],
    expires: datetime | None = None,
    certificate_expires: datetime | None = None,
) -> RoleCheck:
    ids = sorted({key.canonical_id for key in keys})
    held = tuple(keyid for keyid in ids if keyid in entries)
    absent = tuple(keyid for keyid in ids if keyid not in entries)
    return RoleCheck(role, held, absent, expires, certificate_expires)


def _snapshot_expiry(cache: TrustCache) -> datetime | None:
    raw = cache.read("snapshot")
    return None if raw is None else parse_snapshot(raw, TrustLimits()).expires


def _targets(cache: TrustCache, role: str) -> SignedFile[Targets] | None:
    raw = cache.read(role)
    return None if raw is None else parse_targets(raw, role, TrustLimits())


def _findings(gun: str, roles: tuple[RoleCheck, ...], now: datetime) -> Iterator[Finding]:
    by_name = {role.role: role for role in roles}
    root, targets = by_name["root"], by_name["targets"]
    signers = [role for role in roles if role.role.startswith("targets/")]
    owner = bool(root.held or targets.held)
    if not owner and not any(role.held for role in signers):
        yield Finding("no key of it is here: it can be pulled, not signed", needed=False)
        return
    if owner:
        yield from _missing(root, "to rotate keys, and to renew the root before it expires")
        yield from _missing(targets, "to add and remove signers" if signers else "to sign tags")
    if signers and not any(role.held for role in signers):
        names = ", ".join(role.role.removeprefix("targets/") for role in signers)
        yield Finding(f"tags are signed by {names}, whose keys are not here", needed=False)
    for role in roles:
        if role.held:
            yield from _ageing(gun, role, now)


def _missing(role: RoleCheck, purpose: str) -> Iterator[Finding]:
    if not role.held:
        ids = " or ".join(role.absent)
        text = f"the {role.role} key {ids} is missing, {purpose}: sealyard trust key restore FILE"
        yield Finding(text, needed=True)


def _ageing(gun: str, role: RoleCheck, now: datetime) -> Iterator[Finding]:
    remedy = {
        "root": f"sealyard trust key rotate {gun} root",
        "snapshot": f"sealyard trust key rotate {gun} snapshot, which hands it to the registry",
    }.get(role.role, "sign any tag")
    for what, expires in (
        (f"{role.role} expires", role.expires),
        ("the root key's certificate expires", role.certificate_expires),
    ):
        if expires is not None and expires - now < SOON:
            passed = expires <= now
            verb = what.replace("expires", "expired") if passed else what
            yield Finding(f"{verb} on {expires:%Y-%m-%d}: {remedy}", needed=passed)
