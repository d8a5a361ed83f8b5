"""Attributes: what is known of repositories, tags and manifests besides their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sealyard.access.actions import Action
from sealyard.db.attributes import AttributeStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import ManifestUnknownError, NameUnknownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from sealyard.access.caller import Caller
    from sealyard.db.attributes import (
        AttributePage,
        ManifestAttributes,
        RepositoryAttributes,
        TagAttributes,
    )
    from sealyard.db.database import Database

T = TypeVar("T")


class Attributes:
    """Shows attributes; everything needs ``METADATA_READ`` in the repository.

    Raises ``NameUnknownError`` where there is no such repository.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def repository(self, caller: Caller, name: str) -> RepositoryAttributes:
        """Return the attributes of a repository."""
        caller.require(Action.METADATA_READ, name)
        found = await self._database.read_aside(
            lambda connection: AttributeStore(connection).repository(name)
        )
        if found is None:
            raise NameUnknownError(name)
        return found

    async def tags(
        self, caller: Caller, repository: str, page: AttributePage, *, digest: str = ""
    ) -> list[TagAttributes]:
        """Return a page of tags, all or those that point to ``digest``."""
        return await self._read(
            caller, repository, lambda store, found: store.tags(found, page, digest)
        )

    async def tag(self, caller: Caller, repository: str, name: str) -> TagAttributes:
        """Return one tag; raise ``ManifestUnknownError``."""
        found = await self._read(caller, repository, lambda store, number: store.tag(number, name))
        if found is None:
            raise ManifestUnknownError(repository, name)
        return found

    async def manifests(
        self, caller: Caller, repository: str, page: AttributePage
    ) -> list[ManifestAttributes]:
        """Return a page of manifests by digest."""
        return await self._read(
            caller, repository, lambda store, found: store.manifests(found, page)
        )

    async def manifest(self, caller: Caller, repository: str, digest: str) -> ManifestAttributes:
        """Return one manifest; raise ``ManifestUnknownError``."""
        found = await self._read(
            caller, repository, lambda store, number: store.manifest(number, digest)
        )
        if found is None:
            raise ManifestUnknownError(repository, digest)
        return found

    async def _read(
        self, caller: Caller, repository: str, work: Callable[[AttributeStore, int], T]
    ) -> T:
        caller.require(Action.METADATA_READ, repository)

        def read(connection: Connection) -> T:
            found = RepositoryStore(connection).find(repository)
            if found is None:
                raise NameUnknownError(repository)
            return work(AttributeStore(connection), found)

        return await self._database.read_aside(read)
