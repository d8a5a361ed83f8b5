"""Resource tags: notes that people attach to the registry itself, as to anything in Azure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.access.actions import Action
from sealyard.db.activity import ActivityStore
from sealyard.db.registry import RegistryStore
from sealyard.errors import LimitExceededError
from sealyard.services.operations.activity import done

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database, Transaction

# Azure's own bounds.
_MAX_TAGS: Final = 50
_MAX_NAME: Final = 512
_MAX_VALUE: Final = 256


class ResourceTags:
    """Sets the tags."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def set(self, caller: Caller, tags: Mapping[str, str]) -> None:
        """Have these tags and no others; needs ``REGISTRY_WRITE``. Raise ``LimitExceededError``."""
        caller.require(Action.REGISTRY_WRITE)
        _require_within_bounds(tags)

        def work(transaction: Transaction) -> None:
            store = RegistryStore(transaction.connection)
            record = store.find()
            if record is None or record.tags == tags:
                return
            store.set_tags(tags)
            names = sorted(record.tags.keys() | tags.keys())
            entry = done(caller, self._clock(), "registry.update", "", tags=names)
            ActivityStore(transaction.connection).record(entry)

        await self._database.write(work)


def _require_within_bounds(tags: Mapping[str, str]) -> None:
    bounds = (
        ("the number of tags", len(tags), _MAX_TAGS),
        ("the name of a tag", max(map(len, tags), default=0), _MAX_NAME),
        ("the value of a tag", max(map(len, tags.values()), default=0), _MAX_VALUE),
    )
    for what, found, limit in bounds:
        if found > limit:
            raise LimitExceededError(what, limit)
