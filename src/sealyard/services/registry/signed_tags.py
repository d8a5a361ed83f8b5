"""Which tags are signed: those whose digest is the one that the repository's trust data names.

The look-up is docker's: the delegation ``targets/releases`` first, then ``targets``. It tells
people what they would get; whether to trust it, only a client can judge, which verifies the
signatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.db.trust_files import TrustFileStore
from sealyard.trust.metadata import FileInfo  # noqa: TC001 (msgspec reads the annotation)

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The later one wins, so the last is the one that docker asks first.
_ROLES: Final = ("targets", "targets/releases")


class _Content(msgspec.Struct):
    """The part of a targets file that is read; it was judged whole when it was published."""

    targets: dict[str, FileInfo] | None = None


class _File(msgspec.Struct):
    """A targets file."""

    signed: _Content


def targets_of(content: bytes) -> dict[str, FileInfo]:
    """Return what a targets file, which was judged before, says of each name."""
    return msgspec.json.decode(content, type=_File).signed.targets or {}


def signed_digests(connection: Connection, repository: str) -> list[dict[str, str]]:
    """Return for each collection of ``repository`` the digests that its names stand for."""
    store = TrustFileStore(connection)
    return [_collection(store, gun) for gun in store.guns(repository)]


def signed_names(connection: Connection, gun: str) -> frozenset[str]:
    """Return the names that the collection ``gun`` says anything of."""
    return frozenset(_collection(TrustFileStore(connection), gun))


def is_signed(signed: list[dict[str, str]], tag: str, digest: str) -> bool:
    """Tell whether any collection says that ``tag`` is ``digest``."""
    return any(names.get(tag) == digest for names in signed)


def _collection(store: TrustFileStore, gun: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for role in _ROLES:
        file = store.current(gun, role)
        if file is None:
            continue
        for name, target in targets_of(file.content).items():
            if "sha256" in target.hashes:
                found[name] = f"sha256:{target.hashes['sha256'].hex()}"
    return found
