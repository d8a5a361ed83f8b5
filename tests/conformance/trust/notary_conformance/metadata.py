"""Makers of the four kinds of metadata files, as clients write them.

Each maker returns the ``signed`` object as a plain dictionary, to be bent by a case before
``signed_file`` puts signatures to it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from notary_conformance.canonical import Object, canonical, sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from notary_conformance.keys import KeyPair, PublicKey

ROOT_LIFE = timedelta(days=3650)
TARGETS_LIFE = SNAPSHOT_LIFE = timedelta(days=3 * 365)
EXPIRED = timedelta(days=-1)


@dataclass(frozen=True, slots=True)
class Role:
    """The keys of a role, and how many of them have to sign."""

    keys: tuple[PublicKey, ...]
    threshold: int = 1

    def as_object(self) -> Object:
        """Return the role as it stands in a root's ``roles``."""
        return {"keyids": [key.id for key in self.keys], "threshold": self.threshold}


@dataclass(frozen=True, slots=True)
class Delegation:
    """A delegated role with its full name, as its parent declares it."""

    name: str
    role: Role
    paths: tuple[str, ...] = ("",)

    def as_object(self) -> Object:
        """Return the delegation as it stands in ``delegations.roles``; no empty ``paths``."""
        declared = {**self.role.as_object(), "name": self.name}
        return {**declared, "paths": list(self.paths)} if self.paths else declared


def root(roles: Mapping[str, Role], *, version: int = 1, life: timedelta = ROOT_LIFE) -> Object:
    """Return a root that names ``roles``."""
    return {
        "_type": "Root",
        "consistent_snapshot": False,
        "expires": expiry(life),
        "keys": _keys(roles.values()),
        "roles": {name: role.as_object() for name, role in roles.items()},
        "version": version,
    }


def targets(
    entries: Mapping[str, Object] | None = None,
    *,
    delegations: tuple[Delegation, ...] = (),
    version: int = 1,
    life: timedelta = TARGETS_LIFE,
) -> Object:
    """Return a targets or delegation file; ``delegations`` is always present in one."""
    return {
        "_type": "Targets",
        "delegations": {
            "keys": _keys(delegation.role for delegation in delegations),
            "roles": [delegation.as_object() for delegation in delegations],
        },
        "expires": expiry(life),
        "targets": dict(entries or {}),
        "version": version,
    }


def snapshot(
    files: Mapping[str, bytes], *, version: int = 1, life: timedelta = SNAPSHOT_LIFE
) -> Object:
    """Return a snapshot over the bytes of ``files``."""
    return {
        "_type": "Snapshot",
        "expires": expiry(life),
        "meta": {role: described(content) for role, content in files.items()},
        "version": version,
    }


def described(content: bytes) -> Object:
    """Return the entry of a file in a snapshot or timestamp."""
    digests = {name: hashlib.new(name, content).digest() for name in ("sha256", "sha512")}
    return {
        "hashes": {name: base64.b64encode(value).decode() for name, value in digests.items()},
        "length": len(content),
    }


def target(digest: bytes = b"\x11" * 32, length: int = 528) -> Object:
    """Return what docker records of a tag: the manifest's SHA-256 and size."""
    return {"hashes": {"sha256": base64.b64encode(digest).decode()}, "length": length}


def signed_file(signed: Object, signers: Iterable[KeyPair]) -> bytes:
    """Return the file with one signature of each of ``signers``."""
    return with_signatures(signed, [signature(signed, key) for key in signers])


def with_signatures(signed: Object, signatures: list[Object]) -> bytes:
    """Return the file with the given ``signatures``, in the exact form of Go clients."""
    return b'{"signed":' + sent(signed) + b',"signatures":' + sent(signatures) + b"}"


def signature(signed: Object, key: KeyPair) -> Object:
    """Return one entry of ``signatures``."""
    return {
        "keyid": key.id,
        "method": key.method,
        "sig": base64.b64encode(key.sign(canonical(signed))).decode(),
    }


def expiry(life: timedelta) -> str:
    """Return the moment ``life`` from now as Go clients write it."""
    moment = datetime.now(UTC) + life
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def _keys(roles: Iterable[Role]) -> Object:
    return {key.id: key.as_object() for role in roles for key in role.keys}
