"""Serving metadata files: answers made once, kept ready until their collection changes.

A large file is kept packed as well. Go's HTTP client, and so docker and notary, asks for gzip by
itself and unpacks what comes: a targets file of 10,000 tags is then four tenths of its size.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from sealyard.access.actions import Action
from sealyard.api.http import reply
from sealyard.services.trust.errors import TrustDataUnknownError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

    from sealyard.access.caller import Caller
    from sealyard.api.http import Headers, Reply
    from sealyard.api.trust.paths import TrustPath
    from sealyard.db.generations import Generations
    from sealyard.db.trust_files import TrustFile
    from sealyard.services.ready_cache import ReadyCache
    from sealyard.services.trust.collections import CollectionName
    from sealyard.services.trust.reading import TrustReading

# Notary lets caches keep the current files for five minutes: across a publish, that looks like a
# rollback. Who may read is decided for each request, so no cache may share what it keeps.
_CURRENT = (b"cache-control", b"private, no-cache")
_FIXED = (b"cache-control", b"private, max-age=2592000, immutable")
_TYPE = (b"content-type", b"application/json")
_VARIES = (b"vary", b"accept-encoding")
_PACKED = (b"content-encoding", b"gzip")
_PACKED_FROM_BYTES = 32 * 1024  # below that, sending takes no time that packing could save
_GZIP_LEVEL = 1  # the rest of a targets file are digests, which no level makes smaller
_SHA256_HEX = 64
_VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A finished answer, and the instant from which it has to be made again, if there is one.

    ``packed`` is the same for whoever takes gzip.
    """

    answer: Reply
    packed: Reply
    until: datetime | None

    def for_client(self, *, takes_gzip: bool) -> Reply:
        """Return the answer in the form that the client prefers."""
        return self.packed if takes_gzip else self.answer

    def size(self) -> int:
        """Return how many bytes it keeps."""
        packed = 0 if self.packed is self.answer else len(self.packed.body)
        return len(self.answer.body) + packed


class TrustFiles:
    """Answers ``GET`` of metadata files."""

    def __init__(
        self,
        reading: TrustReading,
        cache: ReadyCache[ReadyFile],
        generations: Generations,
        clock: Callable[[], datetime],
    ) -> None:
        self._reading = reading
        self._cache = cache
        self._stamp = generations.stamp
        self._clock = clock

    def ready(
        self, caller: Caller, name: CollectionName, path: TrustPath, *, takes_gzip: bool
    ) -> Reply | None:
        """Return the file's answer if it is finished and the caller may have it."""
        if not caller.may(Action.PULL, name.repository):
            return None
        ready = self._cache.get(_key(name, path), name.topic)
        if ready is None or (ready.until is not None and self._clock() >= ready.until):
            return None
        return ready.for_client(takes_gzip=takes_gzip)

    async def answer(
        self, caller: Caller, name: CollectionName, path: TrustPath, *, takes_gzip: bool
    ) -> Reply:
        """Return the file; raise ``AccessError`` or ``TrustDataUnknownError``."""
        caller.require(Action.PULL, name.repository)
        finished = self.ready(caller, name, path, takes_gzip=takes_gzip)
        if finished is not None:
            return finished
        stamp = self._stamp(name.topic)
        file = await self._file(caller, name, path)
        current = not (path.version or path.checksum)
        until = self._until(file) if current else None
        # What is too large to be kept would be packed again for each reader.
        if not _PACKED_FROM_BYTES <= len(file.content) <= self._cache.largest * 2 // 3:
            answer = reply(200, file.content, _headers(file, current=current))
            ready = ReadyFile(answer, answer, until)
        else:
            ready = await _with_packed(file.content, _headers(file, current=current), until)
        self._cache.put(_key(name, path), name.topic, stamp, ready, ready.size())
        return ready.for_client(takes_gzip=takes_gzip)

    async def _file(self, caller: Caller, name: CollectionName, path: TrustPath) -> TrustFile:
        if path.version:
            digits = path.version.lstrip("0")
            version = int(digits) if 0 < len(digits) <= _VERSION_DIGITS else 0
            return await self._reading.by_version(caller, name, path.role, version)
        if not path.checksum:
            return await self._reading.current(caller, name, path.role)
        if len(path.checksum) != _SHA256_HEX or path.checksum != path.checksum.lower():
            raise TrustDataUnknownError(name.gun, f"{path.role} of checksum {path.checksum}")
        return await self._reading.by_sha256(caller, name, path.role, path.checksum)

    def _until(self, file: TrustFile) -> datetime | None:
        expires = self._reading.expires(file)
        # One that has expired all the same is beyond renewing here: it stays until it changes.
        return expires if expires is not None and expires > self._clock() else None


def _key(name: CollectionName, path: TrustPath) -> Hashable:
    return (name.gun, path.role, path.version, path.checksum)


async def _with_packed(content: bytes, headers: Headers, until: datetime | None) -> ReadyFile:
    loop = asyncio.get_running_loop()
    packed = await loop.run_in_executor(None, lambda: gzip.compress(content, _GZIP_LEVEL))
    return ReadyFile(
        reply(200, content, [*headers, _VARIES]),
        reply(200, packed, [*headers, _VARIES, _PACKED]),
        until,
    )


def _headers(file: TrustFile, *, current: bool) -> Headers:
    return [
        _TYPE,
        _CURRENT if current else _FIXED,
        (b"last-modified", format_datetime(file.created_at, usegmt=True).encode()),
    ]
