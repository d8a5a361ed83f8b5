"""Encrypted PEM as OpenSSL once wrote it (``DEK-Info``), and notary up to 0.3 with it.

Read only: its key is one round of MD5 away from the passphrase.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from sealyard.trust.errors import KeyFileError
from sealyard.trust.pbes2 import decrypt_cbc

_KEY_SIZES: Final = {"AES-128-CBC": 16, "AES-192-CBC": 24, "AES-256-CBC": 32, "DES-EDE3-CBC": 24}
_BLOCK_SIZES: Final = {"DES-EDE3-CBC": 8}
_AES_BLOCK: Final = 16
_SALT_BYTES: Final = 8


def decrypt(dek_info: str, ciphertext: bytes, passphrase: str) -> bytes:
    """Decrypt what the header ``DEK-Info`` describes.

    Raise ``KeyFileError`` if it is damaged, ``WrongPassphraseError`` if the padding is none; as
    with PBES2 the caller has to look at what came out.
    """
    name, _, iv_hex = dek_info.partition(",")
    try:
        iv = bytes.fromhex(iv_hex)
    except ValueError:
        iv = b""
    block = _BLOCK_SIZES.get(name, _AES_BLOCK)
    if name not in _KEY_SIZES or len(iv) != block or not ciphertext or len(ciphertext) % block:
        message = f"its encryption {name[:20]} is unknown or damaged"
        raise KeyFileError(message)
    key = _key(passphrase.encode(), iv[:_SALT_BYTES], _KEY_SIZES[name])
    return decrypt_cbc(AES(key) if block == _AES_BLOCK else TripleDES(key), iv, ciphertext)


def _key(passphrase: bytes, salt: bytes, size: int) -> bytes:
    """Derive the key with OpenSSL's EVP_BytesToKey: one round of MD5 for each 16 bytes."""
    key = digest = b""
    while len(key) < size:
        digest = hashlib.md5(digest + passphrase + salt, usedforsecurity=False).digest()
        key += digest
    return key[:size]
