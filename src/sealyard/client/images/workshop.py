"""Where files are made before they get their names: a private folder on the same disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from sealyard.client.images.content import storage_errors, sync_folder
from sealyard.client.images.errors import NotOpenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

WORKSHOP_PREFIX: Final = ".sealyard-"


class Workshop:
    """A folder within ``parent``, which is made if missing. A context manager that removes it."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folder: Path | None = None
        self.is_new = False  # whether ``parent`` was made here

    def __enter__(self) -> Self:
        with storage_errors(self._parent):
            self.is_new = not self._parent.exists()
            self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=WORKSHOP_PREFIX, dir=self._parent))
        return self

    def __exit__(self, *details: object) -> None:
        """Remove the folder with everything in it, and a parent made for it that stayed empty."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
            if self.is_new:
                with suppress(OSError):
                    self._parent.rmdir()

    @property
    def folder(self) -> Path:
        """The folder; raise ``NotOpenError`` outside of the with block."""
        if self._folder is None:
            raise NotOpenError(str(self._parent))
        return self._folder

    @contextmanager
    def placing(self, path: Path) -> Iterator[BinaryIO]:
        """Give a file that appears as ``path`` once the block ends well; nothing is left if not.

        Raise ``StorageError``.
        """
        with storage_errors(path):
            number, name = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(number, "wb", buffering=0) as file:
                    yield file
                    os.fchmod(file.fileno(), 0o644)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    @contextmanager
    def replacing(self, path: Path) -> Iterator[BinaryIO]:
        """Do as ``placing``, with the content on the disk before the name is."""
        with self.placing(path) as file:
            yield file
            with storage_errors(path):
                os.fsync(file.fileno())
        with storage_errors(path):
            sync_folder(path.parent)
