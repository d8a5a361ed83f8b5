"""The OCI branch of the error tree: the image, or its name, is wrong.

::

    OciError
    ├── InvalidReferenceError
    │   ├── InvalidRepositoryNameError   not a name by the grammar
    │   ├── InvalidTagError              not a tag by the grammar
    │   └── InvalidImageReferenceError   not host/repository[:tag][@digest]
    ├── InvalidDigestError               not a digest, or of an algorithm that is not used here
    ├── DigestMismatchError              the bytes are not those that the digest names
    ├── SizeMismatchError                there are more or fewer bytes than the descriptor says
    ├── InvalidManifestError             not a manifest that can be kept
    │   ├── MalformedManifestError       against the rules of its media type
    │   └── ObsoleteManifestError        docker's schema 1
    └── InvalidChunkError                a chunk's range and its bytes do not fit each other
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.errors import SealyardError

if TYPE_CHECKING:
    from sealyard.oci.digest import Digest

_MAX_SHOWN: Final = 80  # characters of a wrong input that a message repeats


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…")


class OciError(SealyardError):
    """The image, or its name, is wrong."""


class InvalidReferenceError(OciError):
    """A name that nothing in a registry can have; ``text`` is what came."""

    def __init__(self, text: str, message: str) -> None:
        super().__init__(message)
        self.text = text


class InvalidRepositoryNameError(InvalidReferenceError):
    """Not a repository name by the specification's grammar."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            f"{_shown(text)} is not a repository name: lower-case letters and digits in parts "
            "joined by one of . _ __ - or /, at most 255 characters",
        )


class InvalidTagError(InvalidReferenceError):
    """Not a tag by the specification's grammar."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            f"{_shown(text)} is not a tag: a letter, digit or _ and up to 127 more of those and "
            ". and -",
        )


class InvalidImageReferenceError(InvalidReferenceError):
    """Not ``host/repository[:tag][@digest]``."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            f"{_shown(text)} does not name an image: it has to look like "
            "registry.example.com/team/app:1.0",
        )


class InvalidDigestError(OciError):
    """Not a digest, or one of an algorithm other than sha256 and sha512."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{_shown(text)} is not a digest: sha256: and 64, or sha512: and 128, lower-case "
            "hexadecimal digits"
        )
        self.text = text


class DigestMismatchError(OciError):
    """The bytes are not those that the digest names: altered or cut off on the way."""

    def __init__(self, expected: Digest, actual: Digest) -> None:
        super().__init__(f"the content has the digest {actual}, not {expected}; send it again")
        self.expected = expected
        self.actual = actual


class SizeMismatchError(OciError):
    """There are more or fewer bytes than the descriptor says; ``actual`` may be just the excess."""

    def __init__(self, digest: Digest, expected: int, actual: int) -> None:
        more = "more" if actual > expected else "fewer"
        super().__init__(f"{digest} has {more} than the {expected} bytes that it is said to have")
        self.digest = digest
        self.expected = expected
        self.actual = actual


class InvalidManifestError(OciError):
    """Not a manifest that can be kept."""


class MalformedManifestError(InvalidManifestError):
    """A manifest against the rules of its media type; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the manifest is not valid: {reason}")
        self.reason = reason


class ObsoleteManifestError(InvalidManifestError):
    """Docker's schema 1, given up by every client years ago: its content cannot be verified."""

    def __init__(self) -> None:
        super().__init__(
            "docker image manifests of schema 1 are not accepted; push with a client of this "
            "decade, which makes schema 2 or OCI manifests"
        )


class InvalidChunkError(OciError):
    """A chunk's announced range and its bytes do not fit each other, or the range is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the chunk is not valid: {reason}")
        self.reason = reason
