"""The archive that the article makes: ``tar -zcvf … ~/.docker/trust/private``.

It comes from outside, so nothing in it is taken at its word: only plain files with the names of
keys are read, and nothing is ever unpacked to where the archive says.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from typing import IO, TYPE_CHECKING, Final

from sealyard.client.trust.key_errors import BackupError
from sealyard.trust import key_file

if TYPE_CHECKING:
    from collections.abc import Callable

_GZIP: Final = b"\x1f\x8b"
_MOST_UNPACKED: Final = 64 * 1024 * 1024
_MOST_MEMBERS: Final = 10_000
_LONGEST_NAME: Final = 1024
# private/<id>.key, private/root_keys/…, private/tuf_keys/<gun>/…, or the key files alone
_KEY: Final = re.compile(
    r"(?:.*?/)?private/((?:root_keys/|tuf_keys/.+/|tuf_keys/)?[^/]+\.key)|([^/]+\.key)"
)


def keys_in_tar(raw: bytes, notice: Callable[[str], None]) -> dict[str, bytes]:
    """Return the key files in a tar, packed or not, by their names below ``private``.

    Folders count for nothing; ``notice`` is told of other files, which are left out. Raise
    ``BackupError`` for a damaged archive, and for one with links, devices, names that lead
    elsewhere, or more in it than keys take.
    """
    try:
        with tarfile.open(fileobj=_unpacked(raw), mode="r:") as archive:
            return _keys(archive, notice)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        message = f"this is neither a key backup nor a whole tar archive: {error}"
        raise BackupError(message) from error


def _unpacked(raw: bytes) -> IO[bytes]:
    if not raw.startswith(_GZIP):
        return io.BytesIO(raw)
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
        plain = packed.read(_MOST_UNPACKED + 1)
    if len(plain) > _MOST_UNPACKED:
        message = f"the archive unpacks to more than {_MOST_UNPACKED} bytes, which no keys take"
        raise BackupError(message)
    return io.BytesIO(plain)


def _keys(archive: tarfile.TarFile, notice: Callable[[str], None]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for count, member in enumerate(archive):
        if count >= _MOST_MEMBERS:
            message = f"the archive holds more than {_MOST_MEMBERS} files, which are not keys"
            raise BackupError(message)
        if member.isdir():
            continue
        name = _name(member)
        if name is None:
            notice(f"{member.name[:200]} is no key file and was left out")
            continue
        if name in found:
            message = f"the archive holds {name[:200]} twice"
            raise BackupError(message)
        found[name] = _content(archive, member)
    return found


def _name(member: tarfile.TarInfo) -> str | None:
    """Return the member's name below ``private``, ``None`` if it is no key file."""
    if not member.isreg() or member.issparse():
        message = f"the archive holds {member.name[:200]}, which is a link or a device"
        raise BackupError(message)
    too_long = len(member.name) > _LONGEST_NAME
    if too_long or ".." in member.name.split("/") or not member.name.isprintable():
        message = f"the archive holds the name {member.name[:200]!r}, which leads elsewhere"
        raise BackupError(message)
    match = _KEY.fullmatch(member.name.removeprefix("./"))
    return None if match is None else match[1] or match[2]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > key_file.MOST_BYTES:
        message = f"the archive holds {member.name[:200]} of {member.size} bytes, which is no key"
        raise BackupError(message)
    file = archive.extractfile(member)
    content = file.read() if file is not None else b""
    if len(content) != member.size:
        message = f"the archive ends within {member.name[:200]}"
        raise BackupError(message)
    return content
