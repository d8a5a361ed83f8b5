"""Keys from elsewhere: made by a signer, by openssl, or exported by notary.

A loaded key is locked anew, in the form that docker reads: docker itself says of an encrypted file
that it was loaded and keeps nothing (observed with 28.2.2), and cannot read what openssl encrypts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import (
    KeyExposedError,
    KeyLoadError,
    KeyNameError,
)
from sealyard.client.trust.key_store import unlocked
from sealyard.client.trust.passphrases import KeyLabel
from sealyard.client.trust.private_files import is_exposed, read_bounded
from sealyard.trust.errors import KeyFileError
from sealyard.trust.key_file import MOST_BYTES, read_key_files
from sealyard.trust.keys import ED25519

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.client.trust.key_store import KeyEntry, KeyStore
    from sealyard.client.trust.passphrases import Passphrases
    from sealyard.trust.key_file import KeyFile

DEFAULT_NAME: Final = "signer"  # docker's

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_BASE_ROLES: Final = frozenset({"root", "targets", "snapshot"})


def checked_name(name: str) -> str:
    """Return the name of a signer's key, by docker's rule; raise ``KeyNameError``."""
    if _NAME.fullmatch(name) is None:
        raise KeyNameError(name)
    return name


def load_keys(
    path: Path, store: KeyStore, passphrases: Passphrases, name: str | None
) -> list[KeyEntry]:
    """Keep every key in the file ``path``, as the key of the signer ``name``.

    Without a name a key keeps the role that its file notes. A key of ``notary key export`` also
    keeps its passphrase, others are asked a new one for. Raise ``KeyLoadError``,
    ``PassphraseError``, ``OSError``; nothing is kept then of a file of one key.
    """
    files = _read(path)
    return [_load(path, file, store, passphrases, name) for file in files]


def _load(
    path: Path, file: KeyFile, store: KeyStore, passphrases: Passphrases, name: str | None
) -> KeyEntry:
    exported = "path" in file.block.headers
    known = exported or file.role in _BASE_ROLES
    label = KeyLabel("", file.role if known else "encrypted", file.gun)
    try:
        key, passphrase = unlocked(file, label, passphrases)
    except KeyFileError as error:
        raise KeyLoadError(path, str(error)) from error
    if key.public.keytype == ED25519:
        raise KeyLoadError(path, "docker's clients sign with ECDSA and RSA keys only")
    role = name or file.role or DEFAULT_NAME
    if exported and passphrase:
        return store.keep(key, role, file.gun, passphrase)
    return store.add(key, role, file.gun)


def _read(path: Path) -> tuple[KeyFile, ...]:
    try:
        if is_exposed(path):
            raise KeyExposedError(path)
        return read_key_files(read_bounded(path, MOST_BYTES))
    except FileNotFoundError as error:
        reason = f"stat {path}: no such file or directory"
        raise KeyLoadError(path, reason, "refusing to load key") from error
    except KeyFileError as error:
        reason = (
            f"provided file {path} is not a supported private key ({error}) - to add a signer's "
            "public key use sealyard trust signer add"
        )
        raise KeyLoadError(path, reason) from error
