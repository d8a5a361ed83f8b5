"""A cache of finished answers, bounded in bytes and dropped the moment their topic changes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sealyard.db.generations import Generations

V = TypeVar("V")

_ENTRY_OVERHEAD = 400  # bytes of dict, tuple and key that an entry costs besides its value


class ReadyCache(Generic[V]):
    """Values by key, each bound to a topic's stamp; the least recently stored go first.

    The stamp must have been read before the value was loaded: a change that happens in between
    then makes the entry invalid instead of hiding.
    """

    def __init__(self, generations: Generations, max_bytes: int) -> None:
        self._stamp = generations.stamp
        self._max_bytes = max_bytes
        self.largest = max_bytes // 4 - _ENTRY_OVERHEAD
        """How many bytes the largest value may have that is kept."""
        self._bytes = 0
        self._entries: OrderedDict[Hashable, tuple[int, int, V]] = OrderedDict()

    def get(self, key: Hashable, topic: str) -> V | None:
        """Return the value stored under ``key`` if ``topic`` has not changed since."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] != self._stamp(topic):
            self._drop(key)
            return None
        return entry[2]

    def put(self, key: Hashable, topic: str, stamp: int, value: V, size: int) -> None:
        """Keep ``value`` (``size`` bytes), loaded after ``stamp`` of ``topic`` was read."""
        cost = size + _ENTRY_OVERHEAD
        if size > self.largest or stamp != self._stamp(topic):
            return
        self._drop(key)
        while self._bytes + cost > self._max_bytes:
            self._drop(next(iter(self._entries)))
        self._entries[key] = (stamp, cost, value)
        self._bytes += cost

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]
