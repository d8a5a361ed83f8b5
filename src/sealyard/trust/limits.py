"""The bounds on trust data, in one value: what is larger is refused before it costs or harms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TrustLimits:
    """Bounds that real clients stay well inside.

    The life times are caps on what an upload may claim: a stolen key could otherwise freeze a
    repository for a century. Docker signs roots for 3650 days and everything else for 1095.
    """

    file_bytes: int = 16 * _MIB  # some 120,000 tags
    upload_bytes: int = 32 * _MIB  # all files of one publish
    files: int = 128  # in one publish
    nesting: int = 32  # of custom data
    signatures: int = 64  # in one file; a root keeps those of its predecessors
    keys: int = 512  # in one root or one list of delegations
    key_bytes: int = 16 * 1024  # of one key; a chain of certificates takes a few thousand
    delegations: int = 256  # declared by one file
    timestamp_bytes: int = _MIB  # nothing says beforehand how long a timestamp is
    rotations: int = 256  # roots in a row that a client follows from the one it knows
    walked_delegations: int = 256  # files of delegations that a client fetches in one walk
    depth: int = 8  # delegations below delegations that a client follows
    version_jump: int = 1_000_000  # above the stored version; 2^53 is far away even so
    root_lifetime: timedelta = timedelta(days=3650 + 31)
    targets_lifetime: timedelta = timedelta(days=1095 + 31)
    snapshot_lifetime: timedelta = timedelta(days=1095 + 31)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long what the registry signs is valid; it renews when less than half is left."""

    snapshot: timedelta = timedelta(days=1095)
    timestamp: timedelta = timedelta(days=14)
