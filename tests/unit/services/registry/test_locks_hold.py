"""No sequence of pushes, deletions, locks and liftings changes what is locked at the time."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sealyard.access.actions import Action
from sealyard.access.caller import Caller
from sealyard.access.principals import Principal, PrincipalKind
from sealyard.access.rights import Rights
from sealyard.blobstore.filesystem import FilesystemBlobStore
from sealyard.db.attributes import AttributeStore
from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.db.locks import Lock
from sealyard.db.repositories import RepositoryStore
from sealyard.db.schema import bring_up_to_date
from sealyard.errors import LockedError, UseCaseError
from sealyard.oci import media_types
from sealyard.oci.digest import Digest
from sealyard.services.registry.deletion import Deletion
from sealyard.services.registry.limits import RegistryLimits
from sealyard.services.registry.locking import Locking
from sealyard.services.registry.manifests import PutManifest
from sealyard.services.registry.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from sqlalchemy import Connection

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALICE = Caller(
    Principal("id", "alice@example.com", PrincipalKind.USER), "-", Rights(frozenset(Action))
)
TAGS = ("v1", "v2", "v3")
# Indexes of nothing need no blobs; the last one names the first.
_FIRST = b'{"schemaVersion":2,"manifests":[]}'
CONTENTS = (
    _FIRST,
    b'{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"}}',
    b'{"schemaVersion":2,"manifests":[{"mediaType":"%b","digest":"%b","size":%d}]}'
    % (media_types.OCI_INDEX.encode(), str(Digest.of(_FIRST)).encode(), len(_FIRST)),
)
DIGESTS = tuple(str(Digest.of(content)) for content in CONTENTS)
KEPT = Lock.DELETE | Lock.WRITE
_names = itertools.count()


@dataclass
class Present:
    """What is in the repository; ``None`` for its locks if there is none."""

    locks: Lock | None = None
    tags: dict[str, tuple[str, Lock]] = field(default_factory=dict)
    manifests: dict[str, Lock] = field(default_factory=dict)


class LocksHold(RuleBasedStateMachine):
    """One repository, asked for anything, compared before and after each act."""

    folder = tempfile.TemporaryDirectory()
    database = Database(Path(folder.name) / "test.db", Generations.private())
    bring_up_to_date(database)
    store = FilesystemBlobStore(Path(folder.name))
    registry = Registry.over(database, store, RegistryLimits(), lambda: NOW)
    locking = Locking(database, lambda: NOW)
    deletion = Deletion(database, lambda _transaction, _name: None, lambda: NOW)

    def __init__(self) -> None:
        super().__init__()
        self.name = f"repository-{next(_names)}"
        self.before = Present()

    def _do(self, act: Coroutine[Any, Any, object]) -> None:
        with suppress(UseCaseError):
            asyncio.run(act)

    @rule(content=st.sampled_from(CONTENTS), tags=st.sets(st.sampled_from(TAGS)))
    def push(self, content: bytes, tags: set[str]) -> None:
        sent = PutManifest(content, media_types.OCI_INDEX, Digest.of(content), tuple(sorted(tags)))
        self._do(self.registry.manifests.put(ALICE, self.name, sent))

    @rule(digest=st.sampled_from(DIGESTS))
    def delete_manifest(self, digest: str) -> None:
        self._do(self.registry.manifests.delete(ALICE, self.name, Digest.parse(digest)))

    @rule(tag=st.sampled_from(TAGS))
    def untag(self, tag: str) -> None:
        self._do(self.registry.tags.delete(ALICE, self.name, tag))

    @rule()
    def delete_repository(self) -> None:
        self._do(self.deletion.delete(ALICE, self.name))

    @rule(
        reference=st.sampled_from((None, *TAGS, *DIGESTS)),
        lock=st.sampled_from(tuple(Lock)),
        is_set=st.booleans(),
    )
    def lock(self, reference: str | None, lock: Lock, is_set: bool) -> None:  # noqa: FBT001 (drawn)
        named = Digest.parse(reference) if reference and ":" in reference else reference
        self._do(self.locking.change(ALICE, self.name, named, {lock: is_set}))
        self.before = self._present()  # content cannot differ; the locks of now are what counts

    @rule(digest=st.sampled_from(DIGESTS))
    def read(self, digest: str) -> None:
        present = self._present()
        try:
            asyncio.run(self.registry.manifests.find(ALICE, self.name, Digest.parse(digest)))
        except LockedError:
            assert self._is_unreadable(present, digest)
        except UseCaseError:
            assert digest not in present.manifests
        else:
            assert not self._is_unreadable(present, digest)

    @invariant()
    def what_was_locked_is_as_it_was(self) -> None:
        before, after = self.before, self._present()
        self.before = after
        if before.locks is None:
            return
        if before.locks & Lock.WRITE:
            assert after == before
        if before.locks & KEPT:
            assert after.locks is not None
            assert set(after.tags) >= set(before.tags)
            assert set(after.manifests) >= set(before.manifests)
        for name, (digest, locks) in before.tags.items():
            if locks & KEPT:
                assert name in after.tags
            if locks & Lock.WRITE:
                assert after.tags[name] == (digest, locks)
                assert digest in after.manifests
        for digest, locks in before.manifests.items():
            if locks & KEPT:
                assert after.manifests.get(digest) == locks

    @staticmethod
    def _is_unreadable(present: Present, digest: str) -> bool:
        tags = [locks for pointed, locks in present.tags.values() if pointed == digest]
        own = (present.locks or Lock(0)) | present.manifests.get(digest, Lock(0))
        return Lock.READ in own or (bool(tags) and all(Lock.READ in locks for locks in tags))

    def _present(self) -> Present:
        return self.database.read_now(self._load)

    def _load(self, connection: Connection) -> Present:
        held = RepositoryStore(connection).find_to_change(self.name)
        if held is None:
            return Present()
        store = AttributeStore(connection)
        tags = [store.tag(held.id, name) for name in TAGS]
        manifests = [store.manifest(held.id, digest) for digest in DIGESTS]
        return Present(
            held.locks,
            {one.name: (one.digest, one.locks) for one in tags if one is not None},
            {one.digest: one.locks for one in manifests if one is not None},
        )


LocksHold.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, derandomize=True
)
test_no_sequence_gets_round_a_lock = LocksHold.TestCase
