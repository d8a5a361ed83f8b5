"""The data folder belongs to one running server at a time."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from sealyard.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path


class DataFolderError(UnavailableError):
    """The data folder cannot be made, or another server is running on it."""


def hold(folder: Path) -> int:
    """Make ``folder`` (0700) where needed and lock it; return the descriptor that holds the lock.

    The lock lasts as long as any process that inherited the descriptor lives, so a second server
    cannot start while workers of the first still finish their requests.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "run").mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder / "run" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"the data folder {folder} cannot be used: {error.strerror}"
        raise DataFolderError(message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        message = (
            f"another server is running on {folder}; stop it, or choose another folder "
            "with --data-dir DIR"
        )
        raise DataFolderError(message) from error
    return lock
