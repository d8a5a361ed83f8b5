"""Platforms of images: read from their configs when somebody looks, and remembered.

Nothing of it is written when an image is pushed, so pushing costs nothing more, and images that
were there before this was shown have it as well.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from sealyard.db.attributes import AttributeStore
from sealyard.errors import UnavailableError
from sealyard.oci import media_types, platforms
from sealyard.oci.digest import Digest
from sealyard.oci.errors import OciError
from sealyard.oci.platforms import Platform
from sealyard.oci.ranges import ByteRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from sealyard.blobstore.base import BlobStore
    from sealyard.db.attributes import ManifestAttributes

_REMEMBERED: Final = 4096  # manifests, some hundred bytes each
_MAX_MANIFEST: Final = 256 * 1024  # bytes; an image with more layers than that shows no platform
_MAX_CONFIG: Final = 1024 * 1024


class ImagePlatforms:
    """Platforms of images, of all repositories: what a digest stands for never changes."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._known: OrderedDict[str, Platform] = OrderedDict()

    def configs(
        self, connection: Connection, repository: int, found: Sequence[ManifestAttributes]
    ) -> dict[str, str]:
        """Return the config of each image whose platform is not known yet, both by digest."""
        asked = [
            one.digest
            for one in found
            if one.config_media_type in media_types.IMAGE_CONFIGS and one.digest not in self._known
        ]
        if not asked:
            return {}
        contents = AttributeStore(connection).contents(repository, asked, _MAX_MANIFEST)
        return {digest: platforms.config_digest(content) for digest, content in contents.items()}

    async def learn(self, configs: Mapping[str, str]) -> None:
        """Read those ``configs``; one that cannot be read is asked for again next time."""
        for digest, config in configs.items():
            platform = await self._read(config)
            if platform is None:
                continue
            self._known[digest] = platform
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def of(self, digest: str) -> Platform:
        """Return the platform of the image, empty if it is not known."""
        return self._known.get(digest) or Platform()

    async def _read(self, config: str) -> Platform | None:
        try:
            digest = Digest.parse(config)
            size = await self._store.size(digest)
            if not 0 < size <= _MAX_CONFIG:
                return Platform()
            pieces = [bytes(one) async for one in self._store.read(digest, ByteRange.whole(size))]
        except (OciError, UnavailableError):
            return None
        return platforms.of_config(b"".join(pieces))
