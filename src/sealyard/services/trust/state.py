"""The state of one collection as the judges need it, and its replacement by the next one.

Judging is done outside the write transaction; the revision that was read with the state tells
afterwards whether somebody else was faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.db.trust_changes import TrustChangeStore
from sealyard.db.trust_files import NewTrustFile, TrustFileStore
from sealyard.db.trust_keys import TrustKeyStore
from sealyard.trust.update import StoredFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.db.database import Transaction
    from sealyard.db.trust_keys import TrustKeyRow
    from sealyard.services.trust.collections import CollectionName
    from sealyard.trust.limits import Lifetimes, TrustLimits
    from sealyard.trust.next_state import NewFile


@dataclass(frozen=True, slots=True)
class CollectionState:
    """What is stored for a collection; ``revision`` 0 if nothing is."""

    repository: str
    revision: int
    files: dict[str, StoredFile]
    keys: list[TrustKeyRow]


@dataclass(frozen=True, slots=True)
class Change:
    """The next state of a collection: ``new`` ends in a timestamp, what it leaves out stays."""

    name: CollectionName
    before: CollectionState
    new: tuple[NewFile, ...]
    renew_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class SigningRules:
    """How long what the registry signs is valid, and the bounds on all that it reads."""

    lifetimes: Lifetimes
    limits: TrustLimits


def load(connection: Connection, gun: str, roles: Collection[str]) -> CollectionState:
    """Read the state of ``gun``, with the bytes of ``roles``."""
    found = TrustFileStore(connection).standing(gun, roles)
    files = {file.role: StoredFile(file.version, file.sha256, file.content) for file in found.files}
    keys = TrustKeyStore(connection).of(gun)
    return CollectionState(found.repository, found.revision, files, keys)


def replace(transaction: Transaction, change: Change) -> bool:
    """Make the change if the collection still stands where it was read; return whether it did."""
    connection, gun, now = transaction.connection, change.name.gun, change.now
    store = TrustFileStore(connection)
    revision = change.before.revision
    if revision:
        moved = store.advance(gun, revision, renew_at=change.renew_at)
    else:
        moved = store.begin(gun, change.name.repository, renew_at=change.renew_at, now=now)
    if not moved:
        return False
    rows = [
        NewTrustFile(file.role, file.version, file.sha256, file.raw, file.names)
        for file in change.new
    ]
    store.add(gun, rows, now)
    signers = {keyid for file in change.new for keyid in file.signed_by}
    unused = {row.key_id for row in change.before.keys if row.used_at is None}
    if signers & unused:
        TrustKeyStore(connection).mark_used(gun, signers, now)
    timestamp = change.new[-1]
    TrustChangeStore(connection).updated(gun, timestamp.version, timestamp.sha256, now)
    transaction.touch(change.name.topic)
    return True
