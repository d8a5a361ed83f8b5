"""Content digests, as the OCI image specification defines them.

A digest is the only name under which bytes are stored, fetched and signed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from sealyard.oci.errors import DigestMismatchError, InvalidDigestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# OCI image specification, "Registered algorithms": these two, each with a fixed length.
ALGORITHMS: Final = ("sha256", "sha512")
_GRAMMAR = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Digest:
    """An algorithm and a lower-case hex value, known to fit each other."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``algorithm:hex``; raise ``InvalidDigestError`` otherwise."""
        if _GRAMMAR.fullmatch(text) is None:
            raise InvalidDigestError(text)
        algorithm, _, value = text.partition(":")
        return cls(algorithm, value)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Self:
        """Compute the digest of ``content``."""
        return cls(algorithm, hashlib.new(algorithm, content).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def algorithm(text: str) -> str:
    """Read the name of a digest algorithm; raise ``InvalidDigestError`` for any other."""
    if text not in ALGORITHMS:
        raise InvalidDigestError(text)
    return text


def verified(chunks: Iterable[bytes], expected: Digest) -> Iterator[bytes]:
    """Pass ``chunks`` through; raise ``DigestMismatchError`` after the last one.

    The error comes at the end because only then is the digest known: whoever consumes the chunks
    must not act on them before the iterator is exhausted.
    """
    running = hashlib.new(expected.algorithm)
    for chunk in chunks:
        running.update(chunk)
        yield chunk
    verify(Digest(expected.algorithm, running.hexdigest()), expected)


def verify(actual: Digest, expected: Digest) -> None:
    """Pass if the two are the same; raise ``DigestMismatchError`` otherwise."""
    if actual != expected:
        raise DigestMismatchError(expected, actual)
