"""Key files: private keys as docker and notary keep them.

=========================== ======================= =============================================
label of the PEM            headers                 what is in it
=========================== ======================= =============================================
ENCRYPTED PRIVATE KEY       gun, role               PKCS#8 under PBES2: what is written today
PRIVATE KEY                 gun, role               PKCS#8, in the open
EC, RSA, ED25519 PRIVATE    role; DEK-Info          the older forms, in the open or under a key
KEY                                                 from one round of MD5
=========================== ======================= =============================================

A file of notary 0.1 has no headers; its role is part of its name.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealyard.trust.der import DerError
from sealyard.trust.errors import KeyFileError, KeyFormatError, WrongPassphraseError
from sealyard.trust.legacy_encryption import decrypt
from sealyard.trust.pbes2 import BLOCK_BYTES, ITERATIONS, SALT_BYTES, Pbes2
from sealyard.trust.pem import Block, blocks
from sealyard.trust.pkcs8 import (
    private_info,
    read_notary_ed25519,
    read_pkcs1,
    read_private_info,
    read_sec1,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealyard.trust.private_key import PrivateKey

MOST_BYTES: Final = 64 * 1024  # of one file; an RSA key of 8192 bits takes 7 KiB

_ENCRYPTED: Final = "ENCRYPTED PRIVATE KEY"
_READERS: Final[dict[str, Callable[[bytes], PrivateKey]]] = {
    _ENCRYPTED: read_private_info,
    "PRIVATE KEY": read_private_info,
    "EC PRIVATE KEY": read_sec1,
    "RSA PRIVATE KEY": read_pkcs1,
    "ED25519 PRIVATE KEY": read_notary_ed25519,
}


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One key as a file holds it. ``role`` is empty where the file does not tell."""

    role: str
    gun: str | None
    block: Block

    @property
    def is_encrypted(self) -> bool:
        """Whether it takes a passphrase to read the key."""
        return self.block.label == _ENCRYPTED or "DEK-Info" in self.block.headers

    def unlock(self, passphrase: str) -> PrivateKey:
        """Return the key; ``passphrase`` plays no part if the file is not encrypted.

        Raise ``WrongPassphraseError`` if nothing that could be a key comes out (a damaged file
        cannot be told from a wrong passphrase then), ``KeyFileError`` if a key comes out that is
        not valid.
        """
        plain = self._plain(passphrase)
        try:
            return _READERS[self.block.label](plain)
        except DerError as error:
            if self.is_encrypted:
                raise WrongPassphraseError from error
            message = f"its key is damaged: {error}"
            raise KeyFileError(message) from error
        except KeyFormatError as error:
            message = f"nobody would accept its signatures: {error}"
            raise KeyFileError(message) from error

    def _plain(self, passphrase: str) -> bytes:
        if self.block.label == _ENCRYPTED:
            return Pbes2.read(self.block.content).open(passphrase)
        dek_info = self.block.headers.get("DEK-Info")
        if dek_info is not None:
            return decrypt(dek_info, self.block.content, passphrase)
        return self.block.content


def read_key_file(raw: bytes) -> KeyFile:
    """Read the first key in ``raw``; raise ``KeyFileError`` if there is none."""
    return read_key_files(raw)[0]


def read_key_files(raw: bytes) -> tuple[KeyFile, ...]:
    """Read all keys in ``raw``, at least one, as ``notary key export`` puts several into a file.

    Raise ``KeyFileError`` if there is none, or anything is damaged that takes no passphrase to see.
    """
    if len(raw) > MOST_BYTES:
        message = f"it is larger than {MOST_BYTES} bytes, which no key is"
        raise KeyFileError(message)
    found = tuple(
        KeyFile(block.headers.get("role", ""), block.headers.get("gun") or None, block)
        for block in blocks(raw)
        if block.label in _READERS
    )
    if not found:
        message = "there is no private key in it"
        raise KeyFileError(message)
    for file in found:
        if file.block.label == _ENCRYPTED:
            Pbes2.read(file.block.content)
    return found


def write_key_file(
    key: PrivateKey,
    *,
    role: str,
    gun: str | None,
    passphrase: str,
    iterations: int = ITERATIONS,
) -> bytes:
    """Return the file of ``key``, as docker would write it but for the number of iterations.

    Raise ``KeyFileError`` without a passphrase: keys are not written in the open.
    """
    if not passphrase:
        message = "a private key is not written without a passphrase"
        raise KeyFileError(message)
    salt, iv = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(BLOCK_BYTES)
    sealed = Pbes2.seal(private_info(key), passphrase, salt, iv, iterations)
    headers = {"role": role} | ({"gun": gun} if gun else {})
    return Block(_ENCRYPTED, sealed.encoded(), headers).encoded()


def public_key_file(key: PrivateKey, role: str) -> bytes:
    """Return the file ``NAME.pub`` that docker hands to whoever adds a signer."""
    return Block("PUBLIC KEY", key.public.public, {"role": role}).encoded()
