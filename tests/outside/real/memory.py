"""How much memory a running program takes, with all its processes."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = re.compile(rb"^(Rss|Pss): +(\d+) kB$", re.MULTILINE)
_PAUSE = 0.1  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Memory:
    """Sums over processes, in bytes: ``resident`` counts pages that they share once for each."""

    resident: int = 0
    proportional: int = 0

    def __or__(self, other: Memory) -> Memory:
        return Memory(
            max(self.resident, other.resident), max(self.proportional, other.proportional)
        )

    def __str__(self) -> str:
        return f"{self.resident >> 20} MiB resident, {self.proportional >> 20} MiB proportional"


def memory_of(group: int) -> Memory:
    """Sum up the processes of a process group as they are now."""
    resident = proportional = 0
    for process in _processes(group):
        with suppress(OSError):
            kinds = dict(_LINE.findall((process / "smaps_rollup").read_bytes()))
            resident += int(kinds.get(b"Rss", 0)) << 10
            proportional += int(kinds.get(b"Pss", 0)) << 10
    return Memory(resident, proportional)


def _processes(group: int) -> Iterable[Path]:
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            # After the name, which may hold spaces: state, parent, group.
            after = (process / "stat").read_text().rpartition(")")[2].split()
            if process.name.isdigit() and int(after[2]) == group:
                yield process


class Watch:
    """Looks at a process group ten times a second while it is entered; keeps the highest."""

    def __init__(self, group: int) -> None:
        self.most = Memory()
        self._group = group
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_PAUSE):
            self.most |= memory_of(self._group)
