"""A source that gets ready in the background, while whoever opened it does something else.

Exporting and compressing takes seconds; so do keys that have to be unlocked before a signed push.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.base import ImageSource
    from sealyard.oci.descriptor import Descriptor


class BegunSource:
    """Finds out the top of ``source`` from the moment on in which it is entered.

    Left before that is done, it does not wait: the work ends by itself and is dropped.
    """

    def __init__(self, source: ImageSource) -> None:
        self._source = source
        self._top: Future[Descriptor] = Future()
        self._lock = threading.Lock()
        self._is_left = False

    def __enter__(self) -> Self:
        self._source.__enter__()
        # A daemon: a program that gives up does not wait for it either.
        threading.Thread(target=self._begin, name="source", daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        """Close the source, now or as soon as it is ready."""
        with self._lock:
            self._is_left = True
            if not self._top.done():
                return
        self._source.__exit__(*details)

    def top(self) -> Descriptor:
        """Wait for the top and return it; raise what the source raised."""
        return self._top.result()

    def manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest, once the top is known."""
        self._top.result()
        return self._source.manifest(descriptor)

    def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
        """Yield a blob, once the top is known."""
        self._top.result()
        return self._source.blob(descriptor, offset)

    def _begin(self) -> None:
        try:
            self._finish(self._source.top(), None)
        except BaseException as error:  # noqa: BLE001 (raised where the top is asked for)
            self._finish(None, error)

    def _finish(self, top: Descriptor | None, error: BaseException | None) -> None:
        with self._lock:
            if top is not None:
                self._top.set_result(top)
            else:
                self._top.set_exception(error)
            if not self._is_left:
                return
        self._source.__exit__()
