"""What becomes of uploads that nobody finishes: after a week they are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.db.uploads import UploadStore
from sealyard.errors import UploadUnknownError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.blobstore.base import BlobStore
    from sealyard.db.database import Database, Transaction
    from sealyard.services.registry.limits import RegistryLimits

_AT_ONCE: Final = 500


class UploadExpiry:
    """Removes stale uploads. Any worker may do it, and two at once do no harm."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        limits: RegistryLimits,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._limits = limits
        self._clock = clock

    async def run(self) -> int:
        """Remove what is older than the limit, and return how many uploads that were.

        Bytes without a row are found by their own age: a crash between the two leaves them.
        """
        before = self._clock() - self._limits.upload_lifetime
        stale = await self._database.read_aside(
            lambda connection: UploadStore(connection).stale(before, _AT_ONCE)
        )
        # A row may be older than its bytes while a long request is still being received.
        still = {*await self._store.uploads(before)}
        gone = [upload for upload in stale if upload in still or not await self._has_bytes(upload)]
        for upload in {*gone, *still}:
            await self._store.abort(upload)

        def work(transaction: Transaction) -> None:
            store = UploadStore(transaction.connection)
            for upload in gone:
                store.remove(upload)

        if gone:
            await self._database.write(work)
        return len({*gone, *still})

    async def _has_bytes(self, upload: str) -> bool:
        try:
            await self._store.offset(upload)
        except UploadUnknownError:
            return False
        return True
