"""Progress of a copy: bars on a terminal, a line for each piece elsewhere, nothing with ``-q``.

All of it goes to standard error: standard output is for the answer.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from sealyard.client.transfer.progress import SILENT, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from sealyard.client.transfer.progress import Kind, Progress
    from sealyard.oci.descriptor import Descriptor
    from sealyard.oci.digest import Digest

_SHOWN: Final = 12  # hex digits of a digest, as docker shows it
_REDRAWS_PER_SECOND: Final = 8
_THOUSAND: Final = 1000
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


@contextmanager
def shown_progress(*, quiet: bool, stream: TextIO | None = None) -> Iterator[Progress]:
    """Show what is told within the block; ``stream`` is standard error unless a test says."""
    to = sys.stderr if stream is None else stream
    if quiet:
        yield SILENT
    elif to.isatty():
        with _bars(to) as bars:
            yield bars
    else:
        yield Lines(to)


class Lines:
    """A line for each piece, when it is done: for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def started(self, descriptor: Descriptor, what: Kind) -> None:
        """Say nothing yet."""

    def advanced(self, descriptor: Descriptor, count: int) -> None:
        """Say nothing yet."""

    def finished(self, descriptor: Descriptor, outcome: Outcome) -> None:
        """Print how it ended."""
        with self._lock:
            line = f"{short(descriptor.digest)}: {outcome} ({size(descriptor.size)})"
            print(line, file=self._stream, flush=True)


class Bars:
    """A bar for each piece, drawn from the first one on: before it somebody may be asked things."""

    def __init__(self, rich: RichProgress) -> None:
        self._rich = rich
        self._tasks: dict[Digest, TaskID] = {}

    def started(self, descriptor: Descriptor, what: Kind) -> None:
        """Add a bar."""
        self._rich.start()
        title = f"{short(descriptor.digest)} {what}"
        self._tasks[descriptor.digest] = self._rich.add_task(title, total=descriptor.size, note="")

    def advanced(self, descriptor: Descriptor, count: int) -> None:
        """Let it grow."""
        self._rich.advance(self._tasks[descriptor.digest], count)

    def finished(self, descriptor: Descriptor, outcome: Outcome) -> None:
        """Fill it, unless it failed, and say how it ended."""
        task = self._tasks[descriptor.digest]
        if outcome is Outcome.FAILED:
            self._rich.update(task, note=str(outcome))
        else:
            self._rich.update(task, note=str(outcome), completed=descriptor.size)


@contextmanager
def _bars(stream: TextIO) -> Iterator[Bars]:
    # Only now: a log and `-q` need none of it.
    from rich.console import Console  # noqa: PLC0415 (only where it is used: a start is to be quick)
    from rich.progress import (  # noqa: PLC0415 (only where it is used: a start is to be quick)
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    console = Console(file=stream, force_terminal=True)
    rich = Progress(
        *columns,
        console=console,
        refresh_per_second=_REDRAWS_PER_SECOND,
        # Lines for the same screen go above the bars; a script's standard output stays its own.
        redirect_stdout=sys.stdout.isatty(),
    )
    try:
        yield Bars(rich)
    finally:
        rich.stop()


def short(digest: Digest) -> str:
    """Return the beginning of a digest, by which people tell pieces apart."""
    return digest.hex[:_SHOWN]


def size(count: int) -> str:
    """Write a number of bytes with the unit that fits, in powers of 1000 as docker does."""
    value, unit = float(count), 0
    while value >= _THOUSAND and unit < len(_UNITS) - 1:
        value, unit = value / _THOUSAND, unit + 1
    return f"{count} B" if unit == 0 else f"{value:.3g} {_UNITS[unit]}"
