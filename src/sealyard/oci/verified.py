"""Content that is verified while it streams: its digest and its size.

Whoever consumes the pieces must not act on them before the iterator has ended without an error.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sealyard.oci.digest import Digest, verify
from sealyard.oci.errors import SizeMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sealyard.oci.descriptor import Descriptor


def verified(pieces: Iterable[bytes], expected: Descriptor) -> Iterator[bytes]:
    """Pass ``pieces`` through, as many bytes as ``expected`` says and no more.

    Raise ``SizeMismatchError``, or ``DigestMismatchError`` after the last one.
    """
    running = hashlib.new(expected.digest.algorithm)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > expected.size:
            raise SizeMismatchError(expected.digest, expected.size, size)
        running.update(piece)
        yield piece
    if size != expected.size:
        raise SizeMismatchError(expected.digest, expected.size, size)
    verify(Digest(expected.digest.algorithm, running.hexdigest()), expected.digest)


def verified_before_end(pieces: Iterable[bytes], expected: Descriptor) -> Iterator[bytes]:
    """Do the same, but give the last piece only after all is verified.

    Who is sent the pieces then never has all of something wrong.
    """
    held: bytes | None = None
    for piece in verified(pieces, expected):
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held
