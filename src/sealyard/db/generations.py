"""Stamps that tell every worker when something it has cached has changed.

A small shared-memory table of 64-bit stamps. Whoever commits a change to a topic writes a fresh
random stamp into the topic's slot after the commit and before it acknowledges; whoever caches an
answer remembers the stamp it read *before* loading, and drops the answer when the stamp differs.

Stamps are random and not counted up, because processes share the memory without a lock: two
counters incremented at once could come back to a value that somebody still remembers, two random
stamps cannot. Topics that fall into one slot only cost each other a reload.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Self
from zlib import crc32

if TYPE_CHECKING:
    from pathlib import Path

_SLOTS = 1 << 16
_STAMP_BYTES = 8
_SIZE = _SLOTS * _STAMP_BYTES
_EVERYTHING = 0


class Generations:
    """The table of stamps; one instance in each process, all over the same memory."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._slots = memoryview(memory).cast("Q")

    @classmethod
    def private(cls) -> Self:
        """Make a table for this process and those that it forks."""
        return cls(mmap.mmap(-1, _SIZE))

    @classmethod
    def shared(cls, path: Path) -> Self:
        """Open the table in the file ``path``, making it if it is not there."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, _SIZE)
            return cls(mmap.mmap(descriptor, _SIZE))
        finally:
            os.close(descriptor)

    def stamp(self, topic: str) -> int:
        """Return the present stamp of ``topic``; it changes whenever the topic is touched."""
        slots = self._slots
        return slots[crc32(topic.encode()) % (_SLOTS - 1) + 1] ^ slots[_EVERYTHING]

    def touch(self, topic: str) -> None:
        """Give ``topic`` a new stamp. Call it after the commit, before the acknowledgement."""
        self._write(crc32(topic.encode()) % (_SLOTS - 1) + 1)

    def touch_everything(self) -> None:
        """Give every topic a new stamp.

        For when a worker died: it may have committed a change that it could no longer announce.
        """
        self._write(_EVERYTHING)

    def _write(self, slot: int) -> None:
        # An aligned 8-byte store: readers in other processes see the old stamp or the new one.
        self._slots[slot] = int.from_bytes(os.urandom(_STAMP_BYTES))
