"""Copying an image: what is missing, several layers at a time, and what names it after that.

Nothing is visible in the target before everything of it is there: blobs first, then the manifests,
children before parents. Both ends verify what passes; this is where they meet.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

from sealyard.client.images.base import UnjudgedSource
from sealyard.client.transfer import platform as platforms
from sealyard.client.transfer.contents import MAX_DEPTH, Contents
from sealyard.client.transfer.progress import SILENT, Kind, Outcome
from sealyard.errors import SealyardError
from sealyard.oci import manifest as manifests
from sealyard.oci import media_types
from sealyard.oci.errors import SizeMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.base import ImageSource, ImageTarget
    from sealyard.client.transfer.platform import Platform
    from sealyard.client.transfer.progress import Progress
    from sealyard.oci.descriptor import Descriptor

_MAX_CONFIG: Final = 8 * 1024 * 1024


class _StoppedError(SealyardError):
    """Another layer failed; never seen outside."""


def copy_image(
    source: ImageSource,
    target: ImageTarget,
    *,
    platform: Platform | None = None,
    workers: int = 4,
    progress: Progress = SILENT,
) -> Descriptor:
    """Copy the image that ``source`` stands for; return what is now in ``target``.

    That is the top of the source, or with a ``platform`` the one manifest of an index that is for
    it. ``workers`` is how many blobs are copied at a time. The caller makes it visible
    (``target.finish``, or a tag). Raise ``PlatformMissingError``, ``UnmanageableImageError``,
    ``OciError`` for content that is not what its digest says, and what the two ends raise.
    """
    top = source.top() if platform is None else chosen(source, platform)
    contents = Contents.of(source, top)
    _Blobs(source, target, progress).copy(list(contents.blobs.values()), workers)
    for descriptor, raw in contents.manifests.values():
        _put_manifest(target, descriptor, raw, progress)
    return top


def chosen(source: ImageSource, platform: Platform) -> Descriptor:
    """Return the manifest of ``source`` that is for ``platform``; raise ``PlatformMissingError``.

    An index in an index is looked into.
    """
    top = source.top()
    for _ in range(MAX_DEPTH):
        if top.media_type not in media_types.INDEXES:
            break
        top = platforms.choose(source.manifest(top), platform)
    config = manifests.parse(source.manifest(top), top.media_type).config
    if config is not None and config.media_type in media_types.IMAGE_CONFIGS:
        platforms.require(_small(source, config), platform)
    return top


def _small(source: ImageSource, descriptor: Descriptor) -> bytes:
    if descriptor.size > _MAX_CONFIG:
        raise SizeMismatchError(descriptor.digest, _MAX_CONFIG, descriptor.size)
    return b"".join(source.blob(descriptor))


def _put_manifest(
    target: ImageTarget, descriptor: Descriptor, raw: bytes, progress: Progress
) -> None:
    progress.started(descriptor, Kind.MANIFEST)
    if target.has(descriptor):
        progress.finished(descriptor, Outcome.PRESENT)
        return
    target.put_manifest(descriptor, raw)
    progress.advanced(descriptor, len(raw))
    progress.finished(descriptor, Outcome.COPIED)


class _Blobs:
    """The blobs of one image on their way."""

    def __init__(self, source: ImageSource, target: ImageTarget, progress: Progress) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self._stop = threading.Event()

    def copy(self, blobs: list[tuple[Descriptor, Kind]], workers: int) -> None:
        """Copy them, the largest first; the first error ends all of them."""
        blobs.sort(key=lambda blob: blob[0].size, reverse=True)
        pool = ThreadPoolExecutor(max(1, min(workers, len(blobs))))
        try:
            running = [pool.submit(self._one, descriptor, kind) for descriptor, kind in blobs]
            wait(running, return_when=FIRST_EXCEPTION)
        except BaseException:
            # Somebody wants this to end now. A thread that waits for a server notices only later.
            self._stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        if not all(one.done() for one in running):
            self._stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        for one in running:
            error = None if one.cancelled() else one.exception()
            if error is not None and not isinstance(error, _StoppedError):
                raise error

    def _one(self, descriptor: Descriptor, kind: Kind) -> None:
        self._check()
        self._progress.started(descriptor, kind)
        outcome = Outcome.FAILED
        try:
            if self._target.has(descriptor):
                outcome = Outcome.PRESENT
                return
            passage = _Passage(self._source, descriptor, self._progress, self._stop)
            self._target.put_blob(descriptor, passage.open_at)
            unread = descriptor.size and not passage.furthest
            outcome = Outcome.MOUNTED if unread else Outcome.COPIED
        except BaseException:
            self._stop.set()
            raise
        finally:
            self._progress.finished(descriptor, outcome)

    def _check(self) -> None:
        if self._stop.is_set():
            raise _StoppedError


class _Passage:
    """One blob's bytes passing through, counted once each however often they are asked for.

    They are judged where they arrive; a source that can leave it to the target does.
    """

    def __init__(
        self,
        source: ImageSource,
        descriptor: Descriptor,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self._source = source
        self._descriptor = descriptor
        self._progress = progress
        self._stop = stop
        self.furthest = 0

    def open_at(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from ``offset`` on."""
        position = offset
        for piece in self._pieces(offset):
            if self._stop.is_set():
                raise _StoppedError
            position += len(piece)
            if position > self.furthest:
                self._progress.advanced(self._descriptor, position - self.furthest)
                self.furthest = position
            yield piece

    def _pieces(self, offset: int) -> Iterator[bytes]:
        if isinstance(self._source, UnjudgedSource):
            return self._source.unjudged_blob(self._descriptor, offset)
        return self._source.blob(self._descriptor, offset)
