"""Files that only their owner may read: written whole or not at all, read with a bound."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077  # the bits that give anything to others than the owner


def write_private(path: Path, raw: bytes) -> None:
    """Replace ``path`` by a file with mode 0600, in folders that are made with mode 0700.

    Once this returns the file survives a power failure. Raise ``OSError``; ``path`` is as it was
    then.
    """
    make_private_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def create_private(path: Path, raw: bytes, mode: int = 0o600) -> None:
    """Write ``path``, which may not exist yet: raise ``FileExistsError``, else ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and those above it that are missing, each for its owner only."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)


def read_bounded(path: Path, limit: int) -> bytes:
    """Return the file's bytes, one more than ``limit`` at most, so that the caller sees it."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def is_exposed(path: Path) -> bool:
    """Tell whether others than its owner may read or write ``path``."""
    return bool(path.stat().st_mode & OTHERS)


def _sync(folder: Path) -> None:
    """Make the folder's list of names durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
