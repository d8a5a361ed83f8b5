"""What a repository has signed, and whose keys count there, as `docker trust inspect` sees it.

A tag is shown if ``targets/releases`` or ``targets`` names it; its signers are the other roles
that name it with the same digest. A tag that would have to be looked up in a delegation that
cannot be believed is not shown (docker shows an older one then).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.trust.errors import DelegationUnusableError, KeyFormatError
from sealyard.trust.policy import RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sealyard.trust.keys import PublicKey
    from sealyard.trust.trusted_set import TrustedSet

_RELEASED: Final = (RELEASES, "targets")
_DIGITS: Final = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class SignedTag:
    """A released tag: ``digest`` is a bare sha256 in hex, empty if there is none.

    Without ``signers`` only the administrator of the repository vouches for it.
    """

    tag: str
    digest: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is signed, in natural order of the tags, and by which keys.

    ``signers`` are names with the ids of their bare keys; ``root_keys`` are ids of root keys with
    their certificates; ``repository_keys`` those of the role ``targets``.
    """

    gun: str
    tags: tuple[SignedTag, ...]
    signers: Mapping[str, tuple[str, ...]]
    root_keys: tuple[str, ...]
    repository_keys: tuple[str, ...]


def inspected(trusted: TrustedSet, tag: str | None = None) -> Inspection:
    """Describe what is signed in ``trusted``, or only ``tag``."""
    named = {row: list[str]() for role in _RELEASED for row in _rows(trusted, role, tag)}
    for role in trusted.targets:
        if role in _RELEASED:
            continue
        for row in _rows(trusted, role, tag):
            if row in named:
                named[row].append(_signer(role))
    tags = [SignedTag(name, digest, tuple(who)) for (name, digest), who in named.items()]
    tags.sort(key=lambda row: (_natural(row.tag), row.digest))
    root = trusted.root.content
    return Inspection(
        trusted.gun,
        tuple(tags),
        _signers(trusted),
        tuple(root.role("root")[0]),
        tuple(root.role("targets")[0]),
    )


def _rows(trusted: TrustedSet, role: str, tag: str | None) -> Iterator[tuple[str, str]]:
    """Yield each name, with its digest, that ``role`` may name and anybody may rely on."""
    file = trusted.targets.get(role)
    if file is None:
        return
    names = file.content.targets if tag is None else [tag]
    for name in names:
        try:
            info = trusted.find(name, role)
            if role == "targets":
                trusted.find(name, RELEASES)  # whether that is asked first and cannot be believed
        except DelegationUnusableError:
            continue
        if info is not None:
            yield name, info.hashes.get("sha256", b"").hex()


def _signers(trusted: TrustedSet) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for file in trusted.targets.values():
        delegations = file.content.delegations
        for declared in delegations.declared:
            if declared.name != RELEASES:
                keys = delegations.role_keys(declared)[0]
                found[_signer(declared.name)] = tuple(map(_bare_id, keys.values()))
    return found


def _signer(role: str) -> str:
    return role.removeprefix("targets/")


def _bare_id(key: PublicKey) -> str:
    try:
        return key.canonical_id
    except KeyFormatError:
        return key.id


def _natural(text: str) -> list[bytes | tuple[int, int]]:
    """Return what orders ``text`` as people count: 9 before 10, digits before letters."""
    parts = _DIGITS.split(text)
    return [
        (int(part), len(part)) if number % 2 else part.encode("utf-8", "surrogatepass")
        for number, part in enumerate(parts)
    ]
