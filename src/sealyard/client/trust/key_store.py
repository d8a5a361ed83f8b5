"""The private keys on this machine, in docker's folder and docker's form.

::

    <folder>/private/<id>.key                         what docker, notary and Sealyard write today
    <folder>/private/root_keys/<id>[_role].key        what notary wrote up to 0.3: read only
    <folder>/private/tuf_keys/<gun>/<id>[_role].key

The id is that of the bare public key. It is checked whenever a key is unlocked: the name of a file
is only what somebody says about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import (
    AmbiguousKeyError,
    KeyDamagedError,
    KeyMissingError,
    PassphraseRefusedError,
)
from sealyard.client.trust.passphrases import KeyLabel, Passphrases
from sealyard.client.trust.private_files import is_exposed, read_bounded, write_private
from sealyard.trust.errors import KeyFileError, WrongPassphraseError
from sealyard.trust.key_file import MOST_BYTES, KeyFile, read_key_file, write_key_file
from sealyard.trust.pbes2 import ITERATIONS
from sealyard.trust.private_key import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_PRIVATE: Final = "private"
_ROOT_KEYS, _TUF_KEYS = "root_keys", "tuf_keys"
_NAME: Final = re.compile(r"([0-9a-f]{64})(?:_([a-z]+))?\.key")
_ID: Final = re.compile(r"[0-9a-f]{64}")
_MOST_FILES: Final = 10_000
_SHORTEST_BEGINNING: Final = 7  # what docker's prompts show of an id
_MOST_ATTEMPTS: Final = 10  # whatever a source of passphrases says
_WITH_GUN: Final = frozenset({"targets", "snapshot", "timestamp"})  # docker's other keys have none


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key that is here. ``role`` is ``root``, ``targets``, …, or for a delegation its signer."""

    id: str
    role: str
    gun: str | None
    path: Path

    @property
    def label(self) -> KeyLabel:
        """The key as whoever answers with its passphrase is told."""
        return KeyLabel(self.id, self.role, self.gun)


def _silent(_text: str) -> None:
    """Tell nobody."""


class KeyStore:
    """The keys below docker's trust folder; unlocked ones are remembered by this object.

    ``notice`` is told what a person should know but what stops nothing. ``iterations`` is how
    much work it is to try a passphrase for a key that is written.
    """

    def __init__(
        self,
        folder: Path,
        passphrases: Passphrases,
        notice: Callable[[str], None] = _silent,
        iterations: int = ITERATIONS,
    ) -> None:
        self.folder = folder / _PRIVATE
        self._iterations = iterations
        self._passphrases = passphrases
        self._notice = notice
        self._unlocked: dict[str, PrivateKey] = {}

    def entries(self) -> list[KeyEntry]:
        """Return the keys, sorted by id; files that are no key files are noticed and left out."""
        found: dict[str, KeyEntry] = {}
        for entry in self._readable(self._files()):
            found.setdefault(entry.id, entry)
        return sorted(found.values(), key=lambda entry: entry.id)

    def find(self, keyid: str) -> KeyEntry | None:
        """Return the key of that id, ``None`` if it is not here; raise ``KeyDamagedError``."""
        if _ID.fullmatch(keyid) is None:
            return None
        path = self._path(keyid)
        if path.is_file():
            return self._entry(path)
        older = (path for path in self._files() if path.name.startswith(keyid))
        return next(self._readable(older), None)

    def match(self, beginning: str) -> KeyEntry:
        """Return the one key whose id begins so; seven characters are the least.

        Raise ``KeyMissingError`` or ``AmbiguousKeyError``.
        """
        found = [entry for entry in self.entries() if entry.id.startswith(beginning)]
        if not found or len(beginning) < _SHORTEST_BEGINNING:
            raise KeyMissingError(beginning, self.folder)
        if len(found) > 1:
            raise AmbiguousKeyError(beginning, tuple(entry.id for entry in found))
        return found[0]

    def root_keys(self) -> list[KeyEntry]:
        """Return the root keys, sorted by id: docker uses the first one for new repositories."""
        return [entry for entry in self.entries() if entry.role == "root"]

    def unlock(self, keyid: str) -> PrivateKey:
        """Return the key, asking for its passphrase when it is used for the first time.

        Raise ``KeyMissingError``, ``KeyDamagedError`` or ``PassphraseError``.
        """
        if keyid not in self._unlocked:
            entry = self.find(keyid)
            if entry is None:
                raise KeyMissingError(keyid, self.folder)
            self._unlocked[keyid] = self._unlock(entry)
        return self._unlocked[keyid]

    def create(self, role: str, gun: str | None = None) -> PrivateKey:
        """Make an ECDSA key, ask what to lock it with, and keep it."""
        key = PrivateKey.generate_ecdsa()
        self.add(key, role, gun)
        return key

    def add(self, key: PrivateKey, role: str, gun: str | None = None) -> KeyEntry:
        """Keep ``key``, asking what to lock it with; ``role`` is the signer for a delegation.

        Only keys for one repository's base roles note its GUN, as docker has it.
        """
        noted = gun if role in _WITH_GUN else None
        return self.keep(key, role, noted, self._passphrases.new(KeyLabel(key.id, role, noted)))

    def keep(self, key: PrivateKey, role: str, gun: str | None, passphrase: str) -> KeyEntry:
        """Keep ``key``, locked with ``passphrase``, in place of any file that it has here."""
        noted = gun if role in _WITH_GUN else None
        path = self._path(key.id)
        raw = write_key_file(
            key, role=role, gun=noted, passphrase=passphrase, iterations=self._iterations
        )
        write_private(path, raw)
        self._unlocked[key.id] = key
        return KeyEntry(key.id, role, noted, path)

    def change_passphrase(self, keyid: str) -> KeyEntry:
        """Lock the key anew, asking for both passphrases; raise what ``unlock`` does."""
        entry = self.find(keyid)
        if entry is None:
            raise KeyMissingError(keyid, self.folder)
        written = self.add(self._unlock(entry), entry.role, entry.gun)
        if entry.path != written.path:
            entry.path.unlink()
        return written

    def passphrase(self, keyid: str) -> str:
        """Ask for the passphrase of a key and return it once it has opened the key."""
        entry = self.find(keyid)
        if entry is None:
            raise KeyMissingError(keyid, self.folder)
        return self._opened(entry)[1]

    def remove(self, keyid: str) -> None:
        """Remove every file of the key, for good; raise ``KeyMissingError`` if there is none."""
        paths = [path for path in self._files() if path.name.startswith(keyid)]
        if _ID.fullmatch(keyid) is None or not paths:
            raise KeyMissingError(keyid, self.folder)
        for path in paths:
            path.unlink()
        self._unlocked.pop(keyid, None)

    def signer(self, keyid: str, message: bytes) -> bytes:
        """Sign with the key ``keyid``: this method is a ``trust.generation.Signer``."""
        return self.unlock(keyid).sign(message)

    def _unlock(self, entry: KeyEntry) -> PrivateKey:
        return self._opened(entry)[0]

    def _opened(self, entry: KeyEntry) -> tuple[PrivateKey, str]:
        if is_exposed(entry.path):
            self._notice(
                f"the key file {entry.path} can be read or changed by others: chmod 600 it"
            )
        try:
            key, passphrase = unlocked(_read(entry.path), entry.label, self._passphrases)
        except KeyFileError as error:
            raise KeyDamagedError(entry.path, str(error)) from error
        if key.id != entry.id:
            raise KeyDamagedError(entry.path, f"it holds the key {key.id}")
        return key, passphrase

    def _path(self, keyid: str) -> Path:
        return self.folder / f"{keyid}.key"

    def _files(self) -> Iterator[Path]:
        """Yield the key files, today's before older ones; a bounded number of them."""
        flat = sorted(self.folder.glob("*.key"))
        older = [
            path
            for name in (_ROOT_KEYS, _TUF_KEYS)
            for path in sorted((self.folder / name).rglob("*.key"))
        ]
        yield from [path for path in (*flat, *older) if path.is_file()][:_MOST_FILES]

    def _readable(self, paths: Iterable[Path]) -> Iterator[KeyEntry]:
        for path in paths:
            try:
                yield self._entry(path)
            except (KeyDamagedError, OSError) as error:
                self._notice(str(error))

    def _entry(self, path: Path) -> KeyEntry:
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise KeyDamagedError(path, "its name is not that of a key")
        file = _read(path)
        return KeyEntry(match[1], file.role or match[2] or "", file.gun or self._gun(path), path)

    def _gun(self, path: Path) -> str | None:
        """Return the GUN that an older layout tells by the folder."""
        folder = self.folder / _TUF_KEYS
        if not path.is_relative_to(folder) or path.parent == folder:
            return None
        return path.parent.relative_to(folder).as_posix()


def unlocked(file: KeyFile, label: KeyLabel, passphrases: Passphrases) -> tuple[PrivateKey, str]:
    """Return the key in ``file`` and the passphrase that opened it, empty if it takes none.

    Raise ``KeyFileError`` or ``PassphraseError``.
    """
    if not file.is_encrypted:
        return file.unlock(""), ""
    for attempt in range(_MOST_ATTEMPTS):
        passphrase = passphrases.existing(label, attempt)
        try:
            return file.unlock(passphrase), passphrase
        except WrongPassphraseError:
            continue
    raise PassphraseRefusedError(label, "every answer")


def _read(path: Path) -> KeyFile:
    try:
        return read_key_file(read_bounded(path, MOST_BYTES))
    except KeyFileError as error:
        raise KeyDamagedError(path, str(error)) from error
