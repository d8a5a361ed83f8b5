"""The trust data of a GUN as it was last seen, where docker and notary keep it too.

::

    <folder>/tuf/<host[:port]>/<repository>/metadata/root.json, targets.json, targets/alice.json …
                                            changelist/      what is staged (see changelist.py)

The files are the very bytes that the server sent: docker verifies them again. They are the memory
too: a version counts for as long as the file that states it is signed by the present keys of its
role. Versions by themselves are not kept, for one that a thief ran up could never be forgotten.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import InvalidCacheNameError
from sealyard.client.trust.private_files import read_bounded, write_private
from sealyard.trust.limits import TrustLimits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_METADATA: Final = "metadata"
_CHANGELIST: Final = "changelist"
_DEEPEST: Final = 40  # segments of a GUN


class TrustCache:
    """What is remembered of one GUN. ``folder`` is docker's trust folder."""

    def __init__(self, folder: Path, gun: str, limit: int = TrustLimits().file_bytes) -> None:
        self._folder = gun_folder(folder, gun)
        self._limit = limit

    @property
    def folder(self) -> Path:
        """Where everything about the GUN is."""
        return self._folder

    def roles(self) -> list[str]:
        """Return the roles of which a file is here, sorted."""
        folder = self._folder / _METADATA
        files = folder.rglob("*.json")
        return sorted(file.relative_to(folder).with_suffix("").as_posix() for file in files)

    def read(self, role: str) -> bytes | None:
        """Return the file of ``role``, ``None`` if it is not here or too large to be one."""
        try:
            raw = read_bounded(self._file(role), self._limit)
        except FileNotFoundError:
            return None
        return raw if len(raw) <= self._limit else None

    def write(self, role: str, raw: bytes) -> None:
        """Keep ``raw`` as the file of ``role``; raise ``OSError``."""
        write_private(self._file(role), raw)

    def forget(self, role: str) -> None:
        """Remove the file of ``role``, if it is here."""
        self._file(role).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget the GUN: its metadata, what is staged. Its keys stay.

        Raise ``OSError`` if something could not be removed.
        """
        for name in (_METADATA, _CHANGELIST):
            if (self._folder / name).exists():
                shutil.rmtree(self._folder / name)

    def _file(self, role: str) -> Path:
        folder = self._folder / _METADATA
        return _below(folder, role).with_name(f"{role.rpartition('/')[2]}.json")


def gun_folder(folder: Path, gun: str) -> Path:
    """Return where ``gun`` is kept; raise ``InvalidCacheNameError`` if that is not below."""
    return _below(folder / "tuf", gun)


def guns(folder: Path) -> list[str]:
    """Return the GUNs of which a root is cached, sorted."""
    return sorted(_found(folder / "tuf", "", _DEEPEST))


def _found(folder: Path, gun: str, depth: int) -> Iterator[str]:
    if gun and (folder / _METADATA / "root.json").is_file():
        yield gun
    if depth == 0 or not folder.is_dir():
        return
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            yield from _found(child, f"{gun}/{child.name}" if gun else child.name, depth - 1)


def _below(folder: Path, name: str) -> Path:
    """Return the path of ``name``, which comes from a server or a person, below ``folder``."""
    segments = name.split("/")
    if "\0" in name or any(segment in {"", ".", ".."} for segment in segments):
        raise InvalidCacheNameError(name)
    return folder.joinpath(*segments)
