"""The roots of a repository's trust data, for people who compare them over another way.

A consumer that trusts at first use believes whatever root comes first. Whoever reads the ids here,
from another network or by asking somebody who did, can pin the right one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.trust_files import TrustFileStore
from sealyard.trust.root_keys import root_keys
from sealyard.trust.signed_file import parse_root

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database
    from sealyard.db.trust_files import TrustFile
    from sealyard.trust.limits import TrustLimits
    from sealyard.trust.root_keys import RootKey


@dataclass(frozen=True, slots=True)
class PresentRoot:
    """The present root of the collection ``gun``."""

    gun: str
    version: int
    expires: datetime
    keys: list[RootKey]


class TrustRoots:
    """Shows roots; needs ``PULL``, as reading the trust data itself does."""

    def __init__(self, database: Database, limits: TrustLimits) -> None:
        self._database = database
        self._limits = limits

    async def of_repository(self, caller: Caller, repository: str) -> list[PresentRoot]:
        """Return the root of each collection of ``repository``, by name; none if unsigned.

        There is one for each login server under whose name it was signed.
        """
        caller.require(Action.PULL, repository)

        def read(connection: Connection) -> list[tuple[str, TrustFile | None]]:
            store = TrustFileStore(connection)
            return [(gun, store.current(gun, "root")) for gun in store.guns(repository)]

        found = await self._database.read(read)
        return [self._present(gun, file) for gun, file in found if file is not None]

    def _present(self, gun: str, file: TrustFile) -> PresentRoot:
        root = parse_root(file.content, self._limits)
        return PresentRoot(gun, root.version, root.expires, root_keys(root.content))
