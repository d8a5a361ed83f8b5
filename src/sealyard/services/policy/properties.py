"""The registry's properties: what it is called, since when it is there, what its policy is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.registry import RegistryStore
from sealyard.db.usage import usage
from sealyard.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database
    from sealyard.db.registry import RegistryRecord
    from sealyard.db.usage import Usage


class RegistryProperties:
    """Shows the registry's record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def show(self, caller: Caller) -> RegistryRecord:
        """Return the record; needs ``REGISTRY_READ``, or any role in any repository."""
        if not visible_to(caller):
            caller.require(Action.REGISTRY_READ)
        return await self.record()

    async def usage(self, caller: Caller) -> Usage:
        """Return how much of everything there is; needs ``REGISTRY_READ``."""
        caller.require(Action.REGISTRY_READ)
        return await self._database.read_aside(usage)

    async def record(self) -> RegistryRecord:
        """Return the record, for whoever needs only the names in it: they are no secret."""
        return await self._database.read(_record)


def visible_to(caller: Caller) -> bool:
    """Tell whether the registry shows itself to ``caller``: to everybody who holds a role.

    In Azure, AcrPull and AcrPush do not read it, and `az acr login` then guesses the login server
    from the registry's name. Nobody can guess a host and port, so here they find it.
    """
    return bool(caller.rights.everywhere or caller.rights.in_repository)


def _record(connection: Connection) -> RegistryRecord:
    record = RegistryStore(connection).find()
    if record is None:
        message = "the registry's record is missing; start the server once to have it made"
        raise UnavailableError(message)
    return record
