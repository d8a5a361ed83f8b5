"""All keys of this machine in one file, and back: lost keys mean lost tags (notary-v1 section G).

==================== ======================================================================
in the archive       what
==================== ======================================================================
``private/…``        the key files, as they are: still locked with their own passphrases
``tuf/…/root.json``  whom this machine trusts for each repository (on first use, or rotated)
``pins.toml``        whom this machine was told to trust
==================== ======================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.backup_format import (
    MOST_BYTES,
    Archive,
    Work,
    is_backup,
    seal,
    unseal,
)
from sealyard.client.trust.cache import gun_folder, guns
from sealyard.client.trust.folder_lock import locked
from sealyard.client.trust.key_archive import keys_in_tar
from sealyard.client.trust.key_errors import (
    BackupConflictError,
    BackupError,
    InvalidCacheNameError,
    PassphraseRefusedError,
)
from sealyard.client.trust.passphrases import BACKUP_ROLE, KeyLabel
from sealyard.client.trust.private_files import create_private, read_bounded, write_private
from sealyard.trust import key_file
from sealyard.trust.errors import KeyFileError
from sealyard.trust.instants import format_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sealyard.client.trust.passphrases import Passphrases

LABEL: Final = KeyLabel("", BACKUP_ROLE)

_PRIVATE, _TUF, _PINS = "private/", "tuf/", "pins.toml"
_ROOT: Final = "/metadata/root.json"
_ATTEMPTS: Final = 10
_MOST_FILE_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Places:
    """Where what is backed up lies: docker's trust folder, and the file of pins."""

    trust: Path
    pins: Path

    def path(self, name: str) -> Path:
        """Return where the file ``name`` of an archive belongs; raise ``BackupError``."""
        try:
            if name == _PINS:
                return self.pins
            if name.startswith(_PRIVATE) and name.endswith(".key"):
                return self.trust / _checked(name)
            if name.startswith(_TUF) and name.endswith(_ROOT):
                gun_folder(self.trust, name.removeprefix(_TUF).removesuffix(_ROOT))
                return self.trust / name
        except InvalidCacheNameError as error:
            raise BackupError(str(error)) from error
        message = f"the backup holds {name[:200]!r}, which nothing here is called"
        raise BackupError(message)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds, or what was restored of it: numbers of files."""

    keys: int
    roots: int
    pins: int

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Summary:
        """Count ``files``."""
        keys = sum(name.startswith(_PRIVATE) for name in files)
        pins = int(_PINS in files)
        return cls(keys, len(files) - keys - pins, pins)


def back_up(
    places: Places,
    file: Path,
    passphrases: Passphrases,
    now: datetime,
    work: Work | None = None,
) -> Summary:
    """Write everything into ``file``, which may not exist yet, and read it again.

    Raise ``FileExistsError``, ``BackupError`` if there is nothing to back up, ``PassphraseError``.
    """
    if file.exists():
        raise FileExistsError(17, "it exists already", str(file))
    files = _collected(places)
    if not any(name.startswith(_PRIVATE) for name in files):
        message = f"there are no keys in {places.trust}: nothing was backed up"
        raise BackupError(message)
    passphrase = passphrases.new(LABEL)
    archive = Archive(made=format_instant(now), files=files)
    create_private(file, seal(archive, passphrase, work or Work()))
    if unseal(_read(file), passphrase) != archive:
        message = f"{file} does not read as it was written: back up to another disk"
        raise BackupError(message)
    return Summary.of(files)


def restore(
    places: Places,
    file: Path,
    passphrases: Passphrases,
    notice: Callable[[str], None],
    *,
    force: bool = False,
) -> Summary:
    """Put everything in ``file``, a backup or the article's tar, where it belongs.

    Nothing is written before all of it has been checked. Raise ``BackupConflictError`` if that
    would replace files that differ, unless ``force``; ``BackupError``, ``PassphraseError``,
    ``OSError``.
    """
    raw = _read(file)
    files = _opened(raw, passphrases) if is_backup(raw) else _from_tar(raw, notice)
    if not files:
        message = f"there are no keys in {file}"
        raise BackupError(message)
    wanted = {places.path(name): content for name, content in files.items()}
    for path, content in wanted.items():
        _check(path, content)
    with locked(places.trust):
        _write(wanted, force=force)
    return Summary.of(files)


def _write(wanted: Mapping[Path, bytes], *, force: bool) -> None:
    missing = {path: raw for path, raw in wanted.items() if _present(path) != raw}
    differing = tuple(sorted(str(path) for path in missing if _present(path) is not None))
    if differing and not force:
        raise BackupConflictError(differing)
    for path, content in missing.items():
        write_private(path, content)
    for path, content in wanted.items():
        if _present(path) != content:
            message = f"{path} does not read as it was written: is the disk full or damaged?"
            raise BackupError(message)


def _collected(places: Places) -> dict[str, bytes]:
    private = places.trust / "private"
    found = {
        _PRIVATE + path.relative_to(private).as_posix(): path
        for path in sorted(private.rglob("*.key"))
    }
    for gun in guns(places.trust):
        found[f"{_TUF}{gun}{_ROOT}"] = gun_folder(places.trust, gun) / "metadata" / "root.json"
    found |= {_PINS: places.pins} if places.pins.is_file() else {}
    files: dict[str, bytes] = {}
    for name, path in found.items():
        files[name] = _bounded(path, _MOST_FILE_BYTES)
    return files


def _opened(raw: bytes, passphrases: Passphrases) -> dict[str, bytes]:
    for attempt in range(_ATTEMPTS):
        archive = unseal(raw, passphrases.existing(LABEL, attempt))
        if archive is not None:
            return archive.files
    raise PassphraseRefusedError(LABEL, "every answer")


def _from_tar(raw: bytes, notice: Callable[[str], None]) -> dict[str, bytes]:
    return {_PRIVATE + name: content for name, content in keys_in_tar(raw, notice).items()}


def _check(path: Path, content: bytes) -> None:
    """Raise unless ``content`` is what the name says, as far as that shows without passphrases."""
    if path.suffix != ".key":
        return
    try:
        key_file.read_key_file(content)
    except KeyFileError as error:
        message = f"nothing was restored: {path.name} in the backup is no key file: {error}"
        raise BackupError(message) from error


def _checked(name: str) -> str:
    if "\0" in name or any(segment in {"", ".", ".."} for segment in name.split("/")):
        raise InvalidCacheNameError(name)
    return name


def _present(path: Path) -> bytes | None:
    try:
        return _bounded(path, _MOST_FILE_BYTES)
    except FileNotFoundError:
        return None


def _read(file: Path) -> bytes:
    return _bounded(file, MOST_BYTES + 1024)


def _bounded(path: Path, limit: int) -> bytes:
    raw = read_bounded(path, limit)
    if len(raw) > limit:
        message = f"{path} is larger than {limit} bytes: it is nothing that belongs in a backup"
        raise BackupError(message)
    return raw
