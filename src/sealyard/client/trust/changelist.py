"""What docker or notary staged for a GUN and did not publish yet.

A push of docker whose signing fails leaves its change behind, and docker's next push signs that
too (notary-v1 section 0, item 16). Sealyard stages nothing; it shows what others left, and clears
it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.client.trust.cache import gun_folder
from sealyard.client.trust.private_files import read_bounded

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES: Final = 1024 * 1024  # of one change; a custom object may be in it
_MOST_CHANGES: Final = 10_000


class _Change(msgspec.Struct, frozen=True):
    action: str
    role: str
    type: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class StagedChange:
    """One change: ``action`` create, update or delete; ``kind`` target, delegation, witness, role.

    ``name`` is the tag where ``kind`` is target. A file that is no change has the action
    ``unreadable``.
    """

    action: str
    role: str
    kind: str
    name: str
    file: Path


def staged(folder: Path, gun: str) -> list[StagedChange]:
    """Return what is staged for ``gun`` below the trust folder ``folder``, oldest first."""
    files = sorted((gun_folder(folder, gun) / "changelist").glob("*.change"))
    return [_read(file) for file in files[:_MOST_CHANGES]]


def clear(folder: Path, gun: str) -> None:
    """Drop what is staged for ``gun``, as ``docker trust`` does before it starts."""
    changelist = gun_folder(folder, gun) / "changelist"
    if changelist.exists():
        shutil.rmtree(changelist)


def _read(file: Path) -> StagedChange:
    try:
        raw = read_bounded(file, _MOST_BYTES)
        change = msgspec.json.decode(raw, type=_Change)
    except (OSError, msgspec.DecodeError):
        return StagedChange("unreadable", "", "", "", file)
    return StagedChange(change.action, change.role, change.type, change.path, file)
