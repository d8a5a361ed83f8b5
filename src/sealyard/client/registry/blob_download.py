"""Blobs out of a registry: streamed, taken up again where a connection broke, verified."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.registry import retries
from sealyard.client.registry.errors import AnswerTooLongError, BlobMissingError
from sealyard.oci.digest import Digest, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from sealyard.client.registry.origin import Origin
    from sealyard.oci.descriptor import Descriptor

_PARTIAL: Final = 206
_NOT_FOUND: Final = 404
# What a connection has to bring to count as one: a server that breaks off after every byte is slow.
_PROGRESS: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class BlobDownload:
    """One blob at ``path``. A download may be taken up again a few times for each success."""

    origin: Origin
    path: str
    scopes: tuple[str, ...]
    descriptor: Descriptor

    def pieces(self, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``offset`` on, verified at the end if that is 0.

        Raise ``DigestMismatchError``, ``BlobMissingError``, ``ClientError``.
        """
        expected = self.descriptor.digest
        running = hashlib.new(expected.algorithm) if offset == 0 else None
        for piece in self.unjudged(offset):
            if running is not None:
                running.update(piece)
            yield piece
        if running is not None:
            verify(Digest(expected.algorithm, running.hexdigest()), expected)

    def unjudged(self, position: int = 0) -> Iterator[bytes]:
        """Yield the bytes without looking at their digest; raise as ``pieces``."""
        failures, enough = 0, 0
        while position < self.descriptor.size:
            begun = position
            try:
                for piece in self._from(position):
                    position += len(piece)
                    if position > self.descriptor.size:
                        raise AnswerTooLongError(self.origin.server, self.descriptor.size)
                    if position >= enough:
                        failures, enough = 0, position + _PROGRESS
                    yield piece
                if position < self.descriptor.size:
                    reason = "the blob ended too early; try again"
                    raise ConnectionFailedError(self.origin.server, reason)  # noqa: TRY301 (handled like one that broke)
            except ConnectionFailedError as error:
                failures += 1
                has_moved = position > begun
                pause = retries.pause_before_going_on(failures, error, has_moved=has_moved)
                if pause is None:
                    raise
                self.origin.wait(pause)

    def _from(self, position: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={position}-"} if position else {}
        try:
            with self.origin.send(
                "GET", self.path, scopes=self.scopes, headers=headers, follow=True
            ) as response:
                pieces = response.iter_raw()
                if position and not self._is_continued(response, position):
                    pieces = _without(pieces, position)
                yield from pieces
        except ServerRefusedError as error:
            if error.status == _NOT_FOUND:
                digest = str(self.descriptor.digest)
                raise BlobMissingError(self.origin.server, digest) from error
            raise

    def _is_continued(self, response: httpx.Response, position: int) -> bool:
        """Tell whether the answer starts at ``position``; a server may ignore ranges."""
        if response.status_code != _PARTIAL:
            return False
        said = response.headers.get("Content-Range", "")
        if not said.startswith(f"bytes {position}-"):
            reason = f"it was asked for the bytes from {position} on and sends {said[:60]!r}"
            raise UnexpectedAnswerError(self.origin.server, reason)
        return True


def _without(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    for piece in pieces:
        if count < len(piece):
            yield piece[count:]
        count = max(count - len(piece), 0)


def exists(origin: Origin, path: str, scopes: tuple[str, ...]) -> bool:
    """Tell whether there is a blob at ``path``; one that is stored elsewhere is there too."""
    try:
        # A redirect is an answer: where the bytes are, HEAD may not be allowed.
        with origin.send("HEAD", path, scopes=scopes):
            return True
    except ServerRefusedError as error:
        if error.status == _NOT_FOUND:
            return False
        raise
