"""From the command line to the supervisor: one exec into a lean process.

The allocator reads its variables only at the start of a process, and the environment of a process
can be read by others of the same user. So ``sealyard serve`` replaces itself by a small program
that gets the settings through a pipe and an environment without them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from sealyard.settings import SETTINGS, Sources

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALLOCATOR: Final = {
    # Large transfers allocate in several threads: without these the arenas keep what they freed.
    "MALLOC_ARENA_MAX": "2",
    # Below 2 MiB the top of the heap goes back and forth between us and the kernel with each piece
    # of a blob: a third of the CPU time of a push.
    "MALLOC_TRIM_THRESHOLD_": "2097152",
    # Above the 256 KiB that a read over TLS asks for: below, each request maps and unmaps memory,
    # which took as long as answering it.
    "MALLOC_MMAP_THRESHOLD_": "393216",
}
_PIPE_BYTES: Final = 65536  # what a pipe takes without a reader


def launch(sources: Sources, environment: Mapping[str, str]) -> NoReturn:
    """Replace this process by the supervisor running on the collected settings."""
    content = msgspec.json.encode(sources)
    if len(content) > _PIPE_BYTES:
        message = f"the settings take {len(content)} bytes, more than {_PIPE_BYTES}"
        raise ValueError(message)
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    os.set_inheritable(reading, True)  # noqa: FBT003 (its signature)
    kept = {setting.variable for setting in SETTINGS}
    clean = {name: value for name, value in environment.items() if name not in kept}
    command = [sys.executable, "-m", "sealyard.serving", str(reading)]
    os.execve(sys.executable, command, {**_ALLOCATOR, **clean})  # noqa: S606 (our own program, no shell)


def received(descriptor: int) -> Sources:
    """Read the settings that ``launch`` left in the pipe."""
    with os.fdopen(descriptor, "rb") as pipe:
        return msgspec.json.decode(pipe.read(_PIPE_BYTES), type=Sources)
