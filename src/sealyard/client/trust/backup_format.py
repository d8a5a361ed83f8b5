"""The file of a backup: one encrypted archive, which tells by itself how it was made.

::

    "sealyard key backup 1", LF, log2(N), r, p, salt, nonce │ AES-256-GCM of the archive
    └───────────── header, bound to the rest ─────────────┘

scrypt turns the passphrase into the key. The archive is a MessagePack of names and contents; the
private keys in it are still locked with their own passphrases.
"""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sealyard.client.trust.key_errors import BackupError

MAGIC: Final = b"sealyard key backup 1\n"
MOST_BYTES: Final = 64 * 1024 * 1024  # of a backup and of what is in it

_ANY_VERSION: Final = b"sealyard key backup "
_HEADER: Final = struct.Struct(">BBB16s12s")
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Work:
    """The parameters of scrypt: 128 · N · r bytes of memory, and time that grows with p."""

    log_n: int = 17  # with r = 8: 128 MiB and some 0.4 s
    r: int = 8
    p: int = 1

    def check(self) -> None:
        """Raise ``BackupError`` for what would take more than 512 MiB, or for ever."""
        if not (10 <= self.log_n <= 19 and 1 <= self.r <= 8 and 1 <= self.p <= 4):  # noqa: PLR2004 (the bounds themselves)
            message = "the backup is damaged: it asks for more work than any backup needs"
            raise BackupError(message)


class Archive(msgspec.Struct, frozen=True):
    """What is backed up: contents by name, and when, in RFC 3339."""

    made: str
    files: dict[str, bytes]


def is_backup(raw: bytes) -> bool:
    """Tell whether ``raw`` begins as a backup of any version does."""
    return raw.startswith(_ANY_VERSION)


def seal(archive: Archive, passphrase: str, work: Work) -> bytes:
    """Return the file of ``archive``; raise ``BackupError`` if it would be too large."""
    plain = msgspec.msgpack.encode(archive)
    if len(plain) > MOST_BYTES:
        message = f"a backup of {len(plain)} bytes is over the limit of {MOST_BYTES}"
        raise BackupError(message)
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    header = MAGIC + _HEADER.pack(work.log_n, work.r, work.p, salt, nonce)
    return header + AESGCM(_key(passphrase, salt, work)).encrypt(nonce, plain, header)


def unseal(raw: bytes, passphrase: str) -> Archive | None:
    """Return what is in the file ``raw``, ``None`` if the passphrase does not open it.

    A file that was changed anywhere cannot be told from a wrong passphrase. Raise ``BackupError``
    if it is no backup of this version.
    """
    end = len(MAGIC) + _HEADER.size
    if not raw.startswith(MAGIC) or len(raw) < end:
        message = "this is no key backup that this version of sealyard knows"
        raise BackupError(message)
    log_n, r, p, salt, nonce = _HEADER.unpack(raw[len(MAGIC) : end])
    work = Work(log_n, r, p)
    work.check()
    try:
        plain = AESGCM(_key(passphrase, salt, work)).decrypt(nonce, raw[end:], raw[:end])
        return msgspec.msgpack.decode(plain, type=Archive)
    except InvalidTag:
        return None
    except msgspec.DecodeError as error:
        message = "the backup is damaged: what is in it is no archive"
        raise BackupError(message) from error


def _key(passphrase: str, salt: bytes, work: Work) -> bytes:
    derivation = Scrypt(salt=salt, length=_KEY_BYTES, n=1 << work.log_n, r=work.r, p=work.p)
    return derivation.derive(passphrase.encode())
