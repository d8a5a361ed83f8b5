"""Manifests: accepted only whole, found by tag or digest, deleted unless something needs them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.blobs import BlobLinkStore
from sealyard.db.locks import Lock
from sealyard.db.manifests import ManifestRow, ManifestStore
from sealyard.db.referrers import ReferrerStore
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.errors import (
    LimitExceededError,
    LockedError,
    ManifestBlobUnknownError,
    ManifestInUseError,
    ManifestUnknownError,
)
from sealyard.oci import manifest as manifest_format
from sealyard.oci.digest import Digest, verify
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics
from sealyard.services.registry.locks import (
    LockRefusals,
    require_free,
    require_manifest_deletable,
    require_readable,
)
from sealyard.services.registry.referrers import descriptor_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.db.manifests import FoundManifest
    from sealyard.db.repositories import HeldRepository
    from sealyard.oci.manifest import Manifest
    from sealyard.services.registry.limits import RegistryLimits

__all__ = ["Manifests", "PutManifest", "StoredManifest"]

_SHORT: Final = 64 * 1024  # bytes of a manifest that are read while others wait


@dataclass(frozen=True, slots=True)
class PutManifest:
    """What a client sends: bytes, the type it says they have, and the names they are to get.

    With a ``digest`` the bytes must have it; ``tags`` may be none then. ``content_type`` is the
    header as it came, empty if there was none.
    """

    content: bytes
    content_type: str
    digest: Digest | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """What became of it: its digest, and the subject that it was listed under, if it names one."""

    digest: Digest
    subject: Digest | None


class Manifests:
    """Manifests of all repositories."""

    def __init__(
        self, database: Database, limits: RegistryLimits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._limits = limits
        self._clock = clock
        self._refusals = LockRefusals(database, clock)

    async def find(self, caller: Caller, repository: str, reference: str | Digest) -> ManifestRow:
        """Return the manifest of that tag or digest.

        Raise ``ManifestUnknownError``, or ``LockedError`` if it may not be read.
        """
        caller.require(Action.PULL, repository)

        def work(connection: Connection) -> FoundManifest | None:
            store = ManifestStore(connection)
            if isinstance(reference, Digest):
                return store.find(repository, str(reference))
            return store.find_by_tag(repository, reference)

        found = await self._database.read(work)
        if found is None:
            raise ManifestUnknownError(repository, str(reference))
        require_readable(found, repository, str(reference))
        return found.row

    async def put(self, caller: Caller, repository: str, sent: PutManifest) -> StoredManifest:
        """Keep a manifest and point its tags to it, all in one transaction.

        Everything it names must be in the repository, except its subject (OCI Distribution 1.1,
        "Pushing Manifests"). Raise ``ManifestBlobUnknownError`` otherwise, an
        ``InvalidManifestError``, ``DigestMismatchError``, ``LimitExceededError`` or
        ``LockedError``.
        """
        caller.require(Action.PUSH, repository)
        if len(sent.content) > self._limits.max_manifest_size:
            what = "the size of a manifest"
            raise LimitExceededError(what, self._limits.max_manifest_size)
        if len(sent.content) > _SHORT:
            digest, manifest = await asyncio.to_thread(_read, sent)
        else:
            digest, manifest = _read(sent)
        accepted = _Accepted(repository, digest, manifest, sent.tags, self._clock())
        try:
            await self._database.write(accepted.keep)
        except LockedError as error:
            await self._refusals.record(caller, "manifest.push", error)
            raise
        return StoredManifest(digest, manifest.subject)

    async def delete(self, caller: Caller, repository: str, digest: Digest) -> None:
        """Delete a manifest with the tags that point to it.

        Raise ``ManifestUnknownError``, ``LockedError``, or ``ManifestInUseError`` while an index
        of the repository names it: a tag never points to something of which a part is missing.
        """
        caller.require(Action.DELETE, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            held = RepositoryStore(connection).find_to_change(repository)
            if held is None:
                raise ManifestUnknownError(repository, str(digest))
            require_manifest_deletable(connection, held, repository, str(digest))
            store = ManifestStore(connection)
            user = store.naming(held.id, str(digest))
            if user is not None:
                raise ManifestInUseError(str(digest), user)
            if not store.remove(held.id, str(digest)):
                raise ManifestUnknownError(repository, str(digest))
            entry = done(caller, at, "manifest.delete", repository, digest=str(digest))
            ActivityStore(connection).record(entry)
            transaction.touch(topics.repository(repository))

        try:
            await self._database.write(work)
        except LockedError as error:
            await self._refusals.record(caller, "manifest.delete", error)
            raise


def _read(sent: PutManifest) -> tuple[Digest, Manifest]:
    algorithm = "sha256" if sent.digest is None else sent.digest.algorithm
    digest = Digest.of(sent.content, algorithm)
    if sent.digest is not None:
        verify(digest, sent.digest)
    return digest, manifest_format.parse(sent.content, sent.content_type)


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A manifest that is right by itself; whether its repository has its parts is for ``keep``."""

    repository: str
    digest: Digest
    manifest: Manifest
    tags: tuple[str, ...]
    at: datetime

    def keep(self, transaction: Transaction) -> None:
        connection = transaction.connection
        held = RepositoryStore(connection).ensure(self.repository, self.at)
        self._store(connection, held)
        transaction.touch(topics.repository(self.repository))
        if held.is_new:
            transaction.touch(topics.CATALOG)

    def _store(self, connection: Connection, held: HeldRepository) -> None:
        digest = str(self.digest)
        require_free(held.locks, Lock.WRITE, self.repository)
        locks = ManifestStore(connection).locks(held.id, digest)
        if locks is None:
            self._require_parts(connection, held.id)
            self._insert(connection, held.id)
        else:  # it was judged when it came, and nothing it names has gone since
            require_free(locks, Lock.WRITE, self.repository, digest)
        for tag in TagStore(connection).point(held.id, self.tags, digest, self.at):
            raise LockedError(self.repository, tag, Lock.WRITE.attribute)

    def _require_parts(self, connection: Connection, held: int) -> None:
        blobs = [str(digest) for digest in self.manifest.blobs]
        children = [str(digest) for digest in self.manifest.manifests]
        missing = BlobLinkStore(connection).missing(held, blobs)
        missing += ManifestStore(connection).missing(held, children)
        if missing:
            raise ManifestBlobUnknownError(self.repository, tuple(missing))

    def _insert(self, connection: Connection, held: int) -> None:
        manifest, digest, subject = self.manifest, str(self.digest), self.manifest.subject
        row = ManifestRow(
            digest=digest,
            media_type=manifest.media_type,
            content=manifest.content,
            created_at=self.at,
            artifact_type=manifest.artifact_type,
            config_media_type=manifest.config_media_type,
            subject=None if subject is None else str(subject),
        )
        parts = dict.fromkeys(str(part) for part in (*manifest.blobs, *manifest.manifests))
        ManifestStore(connection).add(held, row, list(parts))
        if subject is not None:
            descriptor = descriptor_of(manifest, self.digest)
            ReferrerStore(connection).add(
                held, str(subject), digest, manifest.referrer_type, descriptor
            )
