"""What can go wrong with the keys and the trust data on this machine.

::

    KeyHandlingError
    ├── KeyMissingError              the private key is not here
    ├── AmbiguousKeyError            several keys begin like that
    ├── KeyDamagedError              its file holds no valid key, or another one
    ├── KeyLoadError                 a file from elsewhere holds no key that can be loaded
    │   └── KeyExposedError          others may read or change it
    ├── KeyNameError                 no key can be called that
    ├── PassphraseError
    │   ├── PassphraseMissingError   nothing and nobody here can answer for the key
    │   ├── PassphraseRefusedError   what was answered does not open the key
    │   └── PassphraseSourceError    the file, program or keyring that was named does not work
    ├── InvalidCacheNameError        a GUN or role that is no path below the trust folder
    ├── FolderBusyError              another client works on the same trust folder
    └── BackupError                  a backup cannot be made, read or restored
        └── BackupConflictError      a restore would replace files that differ
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.client.errors import ClientError

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.client.trust.passphrases import KeyLabel


class KeyHandlingError(ClientError):
    """The keys or the trust data on this machine do not allow what was asked."""


class KeyMissingError(KeyHandlingError):
    """The private key ``keyid`` is not in ``folder``."""

    def __init__(self, keyid: str, folder: Path) -> None:
        super().__init__(
            f"the private key {keyid[:64]} is not in {folder}: restore it from its backup with "
            "sealyard trust key restore FILE, or load it with sealyard trust key load FILE"
        )
        self.keyid = keyid
        self.folder = folder


class AmbiguousKeyError(KeyHandlingError):
    """The ids of several keys begin with ``beginning``."""

    def __init__(self, beginning: str, ids: tuple[str, ...]) -> None:
        super().__init__(f"{beginning} may be {' or '.join(ids[:5])}: give more of the id")
        self.beginning = beginning
        self.ids = ids


class KeyDamagedError(KeyHandlingError):
    """The file ``path`` does not hold the key that it should."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the key file {path} cannot be used: {reason}; restore it from its backup with "
            "sealyard trust key restore FILE"
        )
        self.path = path
        self.reason = reason


class KeyLoadError(KeyHandlingError):
    """The file ``path``, from elsewhere, holds no key that can be loaded; in docker's words."""

    def __init__(self, path: Path, reason: str, what: str = "error importing key") -> None:
        super().__init__(f"{what} from {path}: {reason}")
        self.path = path


class KeyExposedError(KeyLoadError):
    """Others than its owner may read or change the private key in ``path``."""

    def __init__(self, path: Path) -> None:
        reason = f"private key file {path} must not be readable or writable by others"
        super().__init__(path, reason, "refusing to load key")


class KeyNameError(KeyHandlingError):
    """No key can have the name ``name``; the sentence is docker's."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'key name "{name[:200]}" must start with lowercase alphanumeric characters and can '
            'include "-" or "_" after the first character'
        )
        self.name = name


class PassphraseError(KeyHandlingError):
    """The key ``key`` stays locked."""

    def __init__(self, key: KeyLabel, message: str) -> None:
        super().__init__(message)
        self.key = key


class PassphraseMissingError(PassphraseError):
    """Nothing here has a passphrase for the key, and nobody is here to be asked."""

    def __init__(self, key: KeyLabel, *, replacing: bool = False) -> None:
        variable = f"set {key.variable}, " if key.variable else ""
        where = (
            f"{variable}give --passphrase-file FILE with a line {key.signer or key.kind}=…, name a "
            "program that answers in SEALYARD_ASKPASS,"
        )
        if replacing:
            where = "give --new-passphrase-file FILE,"
        new = "new " if replacing else ""
        super().__init__(
            key, f"no {new}passphrase for {key}: {where} or run this at a terminal to be asked"
        )


class PassphraseRefusedError(PassphraseError):
    """What ``source`` answered does not open the key."""

    def __init__(self, key: KeyLabel, source: str) -> None:
        super().__init__(key, f"the passphrase for {key} from {source} is wrong")
        self.source = source


class PassphraseSourceError(PassphraseError):
    """The ``source`` of passphrases that somebody named does not work."""

    def __init__(self, key: KeyLabel, source: str, reason: str) -> None:
        super().__init__(key, f"no passphrase for {key} from {source}: {reason}")
        self.source = source


class InvalidCacheNameError(KeyHandlingError):
    """``name`` is a GUN or a role that cannot be a path below the trust folder."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name[:200]!r} cannot be the name of a folder or file of trust data")
        self.name = name


class FolderBusyError(KeyHandlingError):
    """Another client has held ``folder`` for longer than anybody should wait."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"another client{holder} is changing {folder}: wait until it has finished, or end it"
        )
        self.folder = folder


class BackupError(KeyHandlingError):
    """A backup cannot be made, read or restored."""


class BackupConflictError(BackupError):
    """A restore would replace the files ``names``, which differ from those in the backup."""

    def __init__(self, names: tuple[str, ...]) -> None:
        shown = ", ".join(names[:5]) + (", …" if names[5:] else "")
        super().__init__(
            f"nothing was restored: {len(names)} of the files are here already and differ "
            f"({shown}); move them away, or replace them with --force"
        )
        self.names = names
