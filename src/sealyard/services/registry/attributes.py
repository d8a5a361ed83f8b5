"""Attributes: what is known of repositories, tags and manifests besides their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sealyard.access.actions import Action
from sealyard.db.attributes import AttributeStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import ManifestUnknownError, NameUnknownError
from sealyard.services.registry.signed_tags import is_signed, signed_digests

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag, and whether the trust data says that it is the manifest it points to."""

    attributes: TagAttributes
    signed: bool


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
    ) -> list[ShownTag]:
        """Return a page of tags, all or those that point to ``digest``."""

        def work(connection: Connection, number: int) -> list[ShownTag]:
            found = AttributeStore(connection).tags(number, page, digest)
            return _shown(connection, repository, found)

        return await self._read(caller, repository, work)

    async def tag(self, caller: Caller, repository: str, name: str) -> ShownTag:
        """Return one tag; raise ``ManifestUnknownError``."""

        def work(connection: Connection, number: int) -> ShownTag:
            found = AttributeStore(connection).tag(number, name)
            if found is None:
                raise ManifestUnknownError(repository, name)
            return _shown(connection, repository, [found])[0]

        return await self._read(caller, repository, work)

    async def manifests(
        self, caller: Caller, repository: str, page: AttributePage
    ) -> list[ManifestAttributes]:
        """Return a page of manifests by digest."""
        return await self._read(
            caller,
            repository,
            lambda connection, number: AttributeStore(connection).manifests(number, page),
        )

    async def manifest(self, caller: Caller, repository: str, digest: str) -> ManifestAttributes:
        """Return one manifest; raise ``ManifestUnknownError``."""
        found = await self._read(
            caller,
            repository,
            lambda connection, number: AttributeStore(connection).manifest(number, digest),
        )
        if found is None:
            raise ManifestUnknownError(repository, digest)
        return found

    async def _read(
        self, caller: Caller, repository: str, work: Callable[[Connection, int], T]
    ) -> T:
        caller.require(Action.METADATA_READ, repository)

        def read(connection: Connection) -> T:
            found = RepositoryStore(connection).find(repository)
            if found is None:
                raise NameUnknownError(repository)
            return work(connection, found)

        return await self._database.read_aside(read)


def _shown(
    connection: Connection, repository: str, found: Sequence[TagAttributes]
) -> list[ShownTag]:
    signed = signed_digests(connection, repository) if found else []
    return [ShownTag(tag, is_signed(signed, tag.name, tag.digest)) for tag in found]
