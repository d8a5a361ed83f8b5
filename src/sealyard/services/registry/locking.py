"""Setting and lifting locks: the changeable attributes of repositories, tags and manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.locks import Lock
from sealyard.db.manifests import ManifestStore
from sealyard.db.repositories import RepositoryStore
from sealyard.db.tags import TagStore
from sealyard.errors import ManifestUnknownError, NameUnknownError
from sealyard.oci.digest import Digest
from sealyard.services.operations.activity import done
from sealyard.services.registry import topics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction
    from sealyard.db.repositories import HeldRepository


class Locking:
    """Sets and lifts locks; needs ``METADATA_WRITE``, and ``METADATA_READ`` to see what it did."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def change(
        self,
        caller: Caller,
        repository: str,
        reference: str | Digest | None,
        wanted: Mapping[Lock, bool],
    ) -> None:
        """Set the locks that are ``True`` in ``wanted``, lift those that are ``False``.

        Of the tag or manifest ``reference``, or of the repository. Raise ``NameUnknownError`` or
        ``ManifestUnknownError``. What is so already changes nothing and is not recorded.
        """
        caller.require(Action.METADATA_WRITE, repository)
        caller.require(Action.METADATA_READ, repository)
        at = self._clock()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            held = RepositoryStore(connection).find_to_change(repository)
            if held is None:
                raise NameUnknownError(repository)
            before = _present(connection, held, repository, reference)
            after = _changed(before, wanted)
            if after == before:
                return
            _set(connection, held, reference, after)
            shown = {lock.attribute: lock not in after for lock in before ^ after}
            image = {} if reference is None else {"reference": str(reference)}
            entry = done(caller, at, "attributes.update", repository, **image, **shown)
            ActivityStore(connection).record(entry)
            transaction.touch(topics.repository(repository))
            if reference is None and Lock.LIST in before ^ after:
                transaction.touch(topics.CATALOG)

        await self._database.write(work)


def _changed(before: Lock, wanted: Mapping[Lock, bool]) -> Lock:
    after = before
    for lock, is_locked in wanted.items():
        after = after | lock if is_locked else after & ~lock
    return after


def _present(
    connection: Connection, held: HeldRepository, repository: str, reference: str | Digest | None
) -> Lock:
    if reference is None:
        return held.locks
    if isinstance(reference, Digest):
        found = ManifestStore(connection).locks(held.id, str(reference))
    else:
        found = TagStore(connection).locks(held.id, reference)
    if found is None:
        raise ManifestUnknownError(repository, str(reference))
    return found


def _set(
    connection: Connection, held: HeldRepository, reference: str | Digest | None, locks: Lock
) -> None:
    if reference is None:
        RepositoryStore(connection).set_locks(held.id, locks)
    elif isinstance(reference, Digest):
        ManifestStore(connection).set_locks(held.id, str(reference), locks)
    else:
        TagStore(connection).set_locks(held.id, reference, locks)
