"""PBES2 (RFC 8018), as docker encrypts private keys, byte for byte.

Docker writes PBKDF2 with HMAC-SHA1 and no field for the hash, and AES-256-CBC. Its reader knows
only this and *ignores* the field for the hash: a key under PBKDF2 with SHA-256, as openssl writes
it, is for docker one with a wrong passphrase. Here such keys are read, and never written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final, Self

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from sealyard.trust.der import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    elements,
    encoded,
    integer,
    number,
    object_identifier,
    sequence,
    sequence_of,
    sole,
)
from sealyard.trust.errors import KeyFileError, WrongPassphraseError

ITERATIONS: Final = 300_000  # docs/adr/0023: 0.12 s for whoever knows the passphrase
MOST_ITERATIONS: Final = 10_000_000  # some seconds; more is a file that wants to keep us busy
SALT_BYTES: Final = 8  # as docker; there is one passphrase in each file, not a table of them
BLOCK_BYTES: Final = 16

_PBES2: Final = object_identifier("1.2.840.113549.1.5.13")
_PBKDF2: Final = object_identifier("1.2.840.113549.1.5.12")
_HASHES: Final = {
    object_identifier(f"1.2.840.113549.2.{arc}"): name
    for arc, name in ((7, "sha1"), (9, "sha256"), (10, "sha384"), (11, "sha512"))
}
_AES_CBC: Final = {
    object_identifier(f"2.16.840.1.101.3.4.1.{arc}"): size
    for arc, size in ((2, 16), (22, 24), (42, 32))
}
_AES_256_CBC: Final = object_identifier("2.16.840.1.101.3.4.1.42")


@dataclass(frozen=True, slots=True)
class Pbes2:
    """How something was encrypted, and what came out."""

    salt: bytes
    iterations: int
    iv: bytes
    ciphertext: bytes = field(repr=False)
    hash_name: str = "sha1"
    key_size: int = 32

    @classmethod
    def seal(cls, plain: bytes, passphrase: str, salt: bytes, iv: bytes, iterations: int) -> Self:
        """Encrypt ``plain`` as docker does; ``salt`` and ``iv`` are to be new and random."""
        key = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, iterations, 32)
        return cls(salt, iterations, iv, encrypt_cbc(key, iv, plain))

    @classmethod
    def read(cls, der: bytes) -> Self:
        """Read an EncryptedPrivateKeyInfo; raise ``KeyFileError``."""
        try:
            return cls._parsed(der)
        except DerError as error:
            message = f"its encryption is damaged: {error}"
            raise KeyFileError(message) from error

    @classmethod
    def _parsed(cls, der: bytes) -> Self:
        algorithm, ciphertext = sequence_of(sole(der, SEQUENCE), SEQUENCE, OCTET_STRING)
        scheme, parameters = sequence_of(algorithm, OBJECT_IDENTIFIER, SEQUENCE)
        derivation, cipher = sequence_of(parameters, SEQUENCE, SEQUENCE)
        kdf, kdf_parameters = sequence_of(derivation, OBJECT_IDENTIFIER, SEQUENCE)
        cipher_kind, iv = sequence_of(cipher, OBJECT_IDENTIFIER, OCTET_STRING)
        key_size = _AES_CBC.get(encoded(OBJECT_IDENTIFIER, cipher_kind))
        known = encoded(OBJECT_IDENTIFIER, scheme) == _PBES2
        if not known or encoded(OBJECT_IDENTIFIER, kdf) != _PBKDF2 or key_size is None:
            message = "it is not encrypted with PBES2, PBKDF2 and AES-CBC, as docker's keys are"
            raise KeyFileError(message)
        salt, iterations, hash_name = _pbkdf2(kdf_parameters)
        if len(iv) != BLOCK_BYTES or not ciphertext or len(ciphertext) % BLOCK_BYTES:
            message = "its encrypted bytes are cut off"
            raise KeyFileError(message)
        return cls(salt, iterations, iv, ciphertext, hash_name, key_size)

    def encoded(self) -> bytes:
        """Return the EncryptedPrivateKeyInfo in docker's form."""
        salt = encoded(OCTET_STRING, self.salt)
        derivation = sequence(_PBKDF2, sequence(salt, integer(self.iterations)))
        cipher = sequence(_AES_256_CBC, encoded(OCTET_STRING, self.iv))
        algorithm = sequence(_PBES2, sequence(derivation, cipher))
        return sequence(algorithm, encoded(OCTET_STRING, self.ciphertext))

    def open(self, passphrase: str) -> bytes:
        """Decrypt; raise ``WrongPassphraseError`` if that shows already in the padding.

        It does not show for one wrong passphrase in 256: the caller has to look at what came out.
        """
        key = hashlib.pbkdf2_hmac(
            self.hash_name, passphrase.encode(), self.salt, self.iterations, self.key_size
        )
        return decrypt_cbc(algorithms.AES(key), self.iv, self.ciphertext)


def encrypt_cbc(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Encrypt with AES-CBC and PKCS#7 padding."""
    padder = PKCS7(8 * BLOCK_BYTES).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def decrypt_cbc(
    algorithm: algorithms.AES | algorithms.TripleDES, iv: bytes, ciphertext: bytes
) -> bytes:
    """Decrypt CBC with PKCS#7 padding; raise ``WrongPassphraseError`` if the padding is none."""
    decryptor = Cipher(algorithm, modes.CBC(iv)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    unpadder = PKCS7(8 * len(iv)).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise WrongPassphraseError from error


def _pbkdf2(parameters: bytes) -> tuple[bytes, int, str]:
    """Read salt, iterations and hash; the length of the key, if given, is that of the cipher."""
    fields = list(elements(parameters))
    if [tag for tag, _ in fields[:2]] != [OCTET_STRING, INTEGER]:
        message = "the parameters are not those of PBKDF2"
        raise DerError(message)
    iterations = number(fields[1][1])
    if not 1 <= iterations <= MOST_ITERATIONS:
        message = f"it asks for {iterations} rounds of PBKDF2, over the limit of {MOST_ITERATIONS}"
        raise KeyFileError(message)
    hash_name = "sha1"
    for tag, content in fields[2:]:
        if tag == SEQUENCE:
            kind, *_ = elements(content)
            hash_name = _HASHES.get(encoded(*kind), "")
    if not hash_name:
        message = "it uses PBKDF2 with an unknown hash"
        raise KeyFileError(message)
    return fields[0][1], iterations, hash_name
