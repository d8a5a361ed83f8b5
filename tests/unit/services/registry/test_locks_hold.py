"""No sequence of pushes, deletions, locks and liftings changes what is locked at the time."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

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
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

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
NAME = "team/app"
ACTS = 250


@dataclass
class Present:
    """What is in the repository; ``None`` for its locks if there is none."""

    locks: Lock | None = None
    tags: dict[str, tuple[str, Lock]] = field(default_factory=dict)
    manifests: dict[str, Lock] = field(default_factory=dict)


class Walk:
    """One repository, asked for anything at random, compared before and after each act."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.database = Database(folder / "test.db", Generations.private())
        bring_up_to_date(self.database)
        self.store = FilesystemBlobStore(folder)
        self.registry = Registry.over(self.database, self.store, RegistryLimits(), lambda: NOW)
        self.locking = Locking(self.database, lambda: NOW)
        self.deletion = Deletion(self.database, lambda _transaction, _name: None, lambda: NOW)
        self.dice = random.Random(seed)  # noqa: S311 (a walk that can be walked again)
        self.refused = 0

    def close(self) -> None:
        self.store.close()
        self.database.close()

    def fill(self) -> None:
        for content, tag in zip(CONTENTS, TAGS, strict=True):
            self._do(self._push(content, (tag,)))

    def act(self) -> None:
        """Do something, and require that what was locked is as it was."""
        before, dice = self.present(), self.dice
        digest = Digest.parse(dice.choice(DIGESTS))
        choice = dice.choice(
            ["push", "push", "push", "untag", "manifest", "manifest", "repository"]
        )
        if choice == "push":
            tags = tuple(tag for tag in TAGS if dice.random() < 0.4)
            self._do(self._push(dice.choice(CONTENTS), tags))
        elif choice == "untag":
            self._do(self.registry.tags.delete(ALICE, NAME, dice.choice(TAGS)))
        elif choice == "manifest":
            self._do(self.registry.manifests.delete(ALICE, NAME, digest))
        else:
            self._do(self.deletion.delete(ALICE, NAME))
        require_kept(before, self.present())

    def lock(self) -> None:
        """Set or lift a lock."""
        reference = self.dice.choice((None, *TAGS, *DIGESTS))
        named = Digest.parse(reference) if reference and ":" in reference else reference
        wanted = {self.dice.choice(tuple(Lock)): self.dice.random() < 0.5}
        self._do(self.locking.change(ALICE, NAME, named, wanted))

    def read(self) -> None:
        """Read a manifest by digest, and require that it may be read."""
        present, digest = self.present(), self.dice.choice(DIGESTS)
        try:
            asyncio.run(self.registry.manifests.find(ALICE, NAME, Digest.parse(digest)))
        except LockedError:
            assert is_unreadable(present, digest)
        except UseCaseError:
            assert digest not in present.manifests
        else:
            assert not is_unreadable(present, digest)

    def present(self) -> Present:
        return self.database.read_now(_load)

    def _push(self, content: bytes, tags: tuple[str, ...]) -> Coroutine[Any, Any, object]:
        sent = PutManifest(content, media_types.OCI_INDEX, Digest.of(content), tags)
        return self.registry.manifests.put(ALICE, NAME, sent)

    def _do(self, act: Coroutine[Any, Any, object]) -> None:
        with suppress(UseCaseError):
            try:
                asyncio.run(act)
            except LockedError:
                self.refused += 1


def require_kept(before: Present, after: Present) -> None:
    locks = before.locks or Lock(0)
    if locks & Lock.WRITE:
        assert after == before
    if locks & KEPT:
        assert after.locks is not None
        assert set(after.tags) >= set(before.tags)
        assert set(after.manifests) >= set(before.manifests)
    for name, (digest, locked) in before.tags.items():
        if locked & KEPT:
            assert name in after.tags
        if locked & Lock.WRITE:
            assert after.tags[name] == (digest, locked)
            assert digest in after.manifests
    for digest, locked in before.manifests.items():
        if locked & KEPT:
            assert after.manifests.get(digest) == locked


def is_unreadable(present: Present, digest: str) -> bool:
    tags = [locks for pointed, locks in present.tags.values() if pointed == digest]
    own = (present.locks or Lock(0)) | present.manifests.get(digest, Lock(0))
    return Lock.READ in own or (bool(tags) and all(Lock.READ in locks for locks in tags))


def _load(connection: Connection) -> Present:
    held = RepositoryStore(connection).find_to_change(NAME)
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


@pytest.fixture(params=[1, 2])
def walk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Walk]:
    made = Walk(tmp_path, request.param)
    yield made
    made.close()


def test_no_sequence_gets_round_a_lock(walk: Walk) -> None:
    for _ in range(ACTS):
        if walk.present().locks is None:
            walk.fill()
        walk.lock()
        walk.read()
        walk.act()
    assert walk.refused > ACTS // 4
