"""Attributes: what is known of repositories, tags and manifests besides their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from sealyard.access.actions import Action
from sealyard.db.attributes import AttributeStore
from sealyard.db.repositories import RepositoryStore
from sealyard.errors import ManifestUnknownError, NameUnknownError
from sealyard.oci import platforms
from sealyard.oci.platforms import Platform
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
    from sealyard.oci.platforms import IndexedManifest
    from sealyard.services.registry.platforms import ImagePlatforms

T = TypeVar("T")
_MAX_INDEX: Final = 1024 * 1024  # bytes of an index whose manifests are shown


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag, and whether the trust data says that it is the manifest it points to."""

    attributes: TagAttributes
    signed: bool


@dataclass(frozen=True, slots=True)
class ShownManifest:
    """A manifest, the platform of an image, and what an index names with its platforms."""

    attributes: ManifestAttributes
    platform: Platform = Platform()  # noqa: RUF009 (a frozen value)
    indexed: tuple[IndexedManifest, ...] = ()


class Attributes:
    """Shows attributes; everything needs ``METADATA_READ`` in the repository.

    Raises ``NameUnknownError`` where there is no such repository.
    """

    def __init__(self, database: Database, platforms: ImagePlatforms) -> None:
        self._database = database
        self._platforms = platforms

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
    ) -> list[ShownManifest]:
        """Return a page of manifests by digest."""

        def work(
            connection: Connection, number: int
        ) -> tuple[list[ManifestAttributes], dict[str, str]]:
            found = AttributeStore(connection).manifests(number, page)
            return found, self._platforms.configs(connection, number, found)

        found, configs = await self._read(caller, repository, work)
        await self._platforms.learn(configs)
        return [ShownManifest(one, self._platforms.of(one.digest)) for one in found]

    async def manifest(self, caller: Caller, repository: str, digest: str) -> ShownManifest:
        """Return one manifest; raise ``ManifestUnknownError``."""

        def work(
            connection: Connection, number: int
        ) -> tuple[ManifestAttributes, dict[str, str], bytes]:
            store = AttributeStore(connection)
            found = store.manifest(number, digest)
            if found is None:
                raise ManifestUnknownError(repository, digest)
            index = b""
            if not found.config_media_type:
                index = store.contents(number, [digest], _MAX_INDEX).get(digest, b"")
            return found, self._platforms.configs(connection, number, [found]), index

        found, configs, index = await self._read(caller, repository, work)
        await self._platforms.learn(configs)
        indexed = platforms.of_index(index) if index else ()
        return ShownManifest(found, self._platforms.of(digest), indexed)

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
