"""The master key: from the settings, from a file, or made at first start."""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING

from sealyard.errors import UnavailableError
from sealyard.keystore.files import write_whole
from sealyard.keystore.sealing import MASTER_KEY_BYTES

if TYPE_CHECKING:
    from pathlib import Path


class MasterKeyError(UnavailableError):
    """There is no master key of 32 bytes where one should be."""


def decode(text: str, source: str) -> bytes:
    """Read a base64 master key; raise ``MasterKeyError`` that names ``source``, never the key."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        message = (
            f"{source} does not hold a master key: it must be {MASTER_KEY_BYTES} bytes in base64 "
            "(make one with: openssl rand -base64 32)"
        )
        raise MasterKeyError(message)
    return key


def read(path: Path) -> bytes:
    """Read the master key in the file ``path``; raise ``MasterKeyError`` otherwise."""
    try:
        return decode(path.read_text(encoding="ascii"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        message = f"the master key file {path} cannot be read: {error}"
        raise MasterKeyError(message) from error


def read_or_make(path: Path) -> bytes:
    """Read the master key in ``path``, making one at first start."""
    if not path.exists():
        write_whole(path, base64.b64encode(os.urandom(MASTER_KEY_BYTES)) + b"\n")
    return read(path)
