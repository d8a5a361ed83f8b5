"""One client at a time on a trust folder; docker and notary know no lock, so they are not stopped.

A lock of the operating system on a file of its own: it ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import FolderBusyError
from sealyard.client.trust.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LOCK_FILE: Final = ".sealyard.lock"
PATIENCE: Final = 120.0  # seconds: a publish takes a few

_INTERVAL = 0.1  # seconds
_PID_BYTES = 20


@dataclass(slots=True)
class _Held:
    """A folder that a thread of this process has locked, perhaps several times."""

    turn: threading.RLock = field(default_factory=threading.RLock)
    depth: int = 0
    descriptor: int = -1


# The lock belongs to the process, so the process has to know what it holds.
_held: dict[Path, _Held] = {}
_registry = threading.Lock()


@contextmanager
def locked(
    folder: Path, patience: float = PATIENCE, pause: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold ``folder``, made if missing, against other clients; the same thread may nest this.

    Wait for ``patience`` seconds at most and raise ``FolderBusyError`` then.
    """
    make_private_folder(folder)
    with _registry:
        held = _held.setdefault(folder.resolve(), _Held())
    with held.turn:
        if held.depth == 0:
            held.descriptor = _acquire(folder, patience, pause)
        held.depth += 1
        try:
            yield
        finally:
            held.depth -= 1
            if held.depth == 0:
                os.close(held.descriptor)  # which gives the lock back


def _acquire(folder: Path, patience: float, pause: Callable[[float], None]) -> int:
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(descriptor, folder, patience, pause)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _wait(descriptor: int, folder: Path, patience: float, pause: Callable[[float], None]) -> None:
    waited = 0.0
    while not _try(descriptor):
        if waited >= patience:
            raise FolderBusyError(folder, _holder(descriptor))
        pause(_INTERVAL)
        waited += _INTERVAL


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    """Return who holds the lock, as far as the file tells: it may have changed since."""
    text = os.pread(descriptor, _PID_BYTES, 0).decode("ascii", "replace")
    return f" (process {text})" if text.isdigit() else ""
