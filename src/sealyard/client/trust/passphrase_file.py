"""A file with passphrases (``--passphrase-file``): one for all keys, or a line for each.

::

    root=correct horse battery staple       the root key
    repository=another one                  targets and snapshot keys, and signers without a line
    alice=a third one                       the signer alice
    backup=an own one                       the file that key backup writes
    19eddf1654e2…=a fourth one              the key of that id, in full
    *=the last one                          every other key

A file of one line that has not this form is the one passphrase for all keys. Lines that start with
``#``, and empty ones, are passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import (
    PassphraseMissingError,
    PassphraseRefusedError,
    PassphraseSourceError,
)
from sealyard.client.trust.passphrases import REPOSITORY_VARIABLE
from sealyard.client.trust.private_files import is_exposed, read_bounded

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.client.trust.passphrases import KeyLabel

_MOST_BYTES: Final = 64 * 1024
_ANY: Final = "*"
_LINE: Final = re.compile(r"(\*|[a-z0-9][a-z0-9_/-]*)=(.+)")


class PassphraseFile:
    """The passphrases in ``path``, which nobody but its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_name: dict[str, str] | None = None

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Return what the file says, once; raise ``PassphraseSourceError`` for a wrong file."""
        passphrase = self.new(key)
        if attempt:
            raise PassphraseRefusedError(key, f"the file {self._path}")
        return passphrase

    def new(self, key: KeyLabel) -> str:
        """Return what the file says; raise ``PassphraseSourceError`` for a wrong file."""
        by_name = self._read(key)
        names = [key.id, key.signer, key.kind]
        if key.variable == REPOSITORY_VARIABLE:
            names.append("repository")
        for name in (*names, _ANY):
            if name in by_name:
                return by_name[name]
        raise PassphraseMissingError(key)

    def _read(self, key: KeyLabel) -> dict[str, str]:
        if self._by_name is None:
            self._by_name = _parsed(self._text(key))
            if not self._by_name:
                raise PassphraseSourceError(key, str(self._path), "the file is empty")
        return self._by_name

    def _text(self, key: KeyLabel) -> str:
        try:
            if is_exposed(self._path):
                reason = f"others may read or change it: chmod 600 {self._path}"
                raise PassphraseSourceError(key, str(self._path), reason)
            raw = read_bounded(self._path, _MOST_BYTES)
            if len(raw) > _MOST_BYTES:
                reason = f"it is larger than {_MOST_BYTES} bytes"
                raise PassphraseSourceError(key, str(self._path), reason)
            return raw.decode()
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise PassphraseSourceError(key, str(self._path), reason) from error
        except UnicodeDecodeError as error:
            raise PassphraseSourceError(key, str(self._path), "it is not text") from error


def _parsed(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    matches = [_LINE.fullmatch(line) for line in lines]
    if len(lines) == 1 and matches[0] is None:
        return {_ANY: lines[0]}
    return {match[1]: match[2] for match in matches if match is not None}
