"""Reading trust data: the exact bytes that were published or signed, never an expired timestamp.

All current files of a collection change in one transaction, so whoever reads ``root``, ``targets``,
``snapshot`` and ``timestamp`` between two changes reads one set; superseded files stay readable by
version and checksum for those who are in the middle of a walk.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.db.trust_files import TrustFileStore
from sealyard.errors import SealyardError
from sealyard.services.trust.errors import TrustDataUnknownError
from sealyard.trust.signed_file import parse_snapshot, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.database import Database
    from sealyard.db.trust_files import TrustFile
    from sealyard.services.trust.collections import CollectionName
    from sealyard.services.trust.renewal import TrustRenewal
    from sealyard.trust.limits import TrustLimits

_log = logging.getLogger(__name__)


class TrustReading:
    """Finds trust files. Everything needs ``PULL``."""

    def __init__(
        self,
        database: Database,
        renewal: TrustRenewal,
        clock: Callable[[], datetime],
        limits: TrustLimits,
    ) -> None:
        self._database = database
        self._renewal = renewal
        self._clock = clock
        self._limits = limits

    async def current(self, caller: Caller, name: CollectionName, role: str) -> TrustFile:
        """Return the current file of ``role``; raise ``TrustDataUnknownError`` if there is none.

        An expired snapshot or timestamp is renewed first: renewal comes long before that, but the
        server may have been off.
        """
        caller.require(Action.PULL, name.repository)
        found = await self._current(name, role)
        expires = self.expires(found)
        if expires is not None and expires <= self._clock():
            try:
                await self._renewal.renew(name.gun)
            except SealyardError:
                # Served as it is: clients say "expired", which is the truth and tells what to do.
                _log.exception("the trust data of %s cannot be renewed", name.gun)
            found = await self._current(name, role)
        return found

    def expires(self, file: TrustFile) -> datetime | None:
        """Return when a snapshot or timestamp expires; the other roles are not renewed here."""
        if file.role == "timestamp":
            return parse_timestamp(file.content, self._limits).expires
        if file.role == "snapshot":
            return parse_snapshot(file.content, self._limits).expires
        return None

    async def by_version(
        self, caller: Caller, name: CollectionName, role: str, version: int
    ) -> TrustFile:
        """Return that version of ``role``; raise ``TrustDataUnknownError`` if it is not there."""
        caller.require(Action.PULL, name.repository)
        what = f"{role} of version {version}"

        def read(connection: Connection) -> TrustFile | None:
            return TrustFileStore(connection).by_version(name.gun, role, version)

        return _known(await self._database.read(read), name, what)

    async def by_sha256(
        self, caller: Caller, name: CollectionName, role: str, sha256: str
    ) -> TrustFile:
        """Return the file of ``role`` with that digest; raise ``TrustDataUnknownError``."""
        caller.require(Action.PULL, name.repository)

        def read(connection: Connection) -> TrustFile | None:
            return TrustFileStore(connection).by_sha256(name.gun, role, sha256)

        return _known(await self._database.read(read), name, f"{role} of checksum {sha256}")

    async def _current(self, name: CollectionName, role: str) -> TrustFile:
        def read(connection: Connection) -> TrustFile | None:
            return TrustFileStore(connection).current(name.gun, role)

        return _known(await self._database.read(read), name, role)


def _known(file: TrustFile | None, name: CollectionName, what: str) -> TrustFile:
    if file is None:
        raise TrustDataUnknownError(name.gun, what)
    return file
