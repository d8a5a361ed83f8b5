"""Sealing: how private keys and other secrets lie in the database.

AES-256-GCM under the registry's master key, with a fresh nonce each time and the place where the
secret belongs as associated data, so that a sealed key moved to another row does not open.

    sealed = version (1 byte) | nonce (12 bytes) | ciphertext and tag
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealyard.errors import UnavailableError

MASTER_KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealBrokenError(UnavailableError):
    """A sealed secret does not open: another master key, another place, or altered bytes."""

    def __init__(self, context: str) -> None:
        super().__init__(
            f"the sealed secret of {context} does not open: is this the master key of this data?"
        )
        self.context = context


class Sealer:
    """Seals and opens under one master key of 32 bytes."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            message = f"the master key has {len(master_key)} bytes and needs {MASTER_KEY_BYTES}"
            raise ValueError(message)
        self._cipher = AESGCM(master_key)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return ``plain`` sealed for the place that ``context`` names."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed for ``context``; raise ``SealBrokenError`` if it was not."""
        nonce = sealed[1 : 1 + _NONCE_BYTES]
        if sealed[:1] != _VERSION or len(nonce) != _NONCE_BYTES:
            raise SealBrokenError(context)
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_BYTES :], context.encode())
        except InvalidTag as error:
            raise SealBrokenError(context) from error
