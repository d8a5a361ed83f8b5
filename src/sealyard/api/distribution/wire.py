"""Errors on the wire: one line for each, and the JSON of OCI Distribution 1.1, "Error Codes"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sealyard.access.errors import (
    AccessError,
    DeniedError,
    InsufficientScopeError,
    InvalidCredentialsError,
    InvalidTokenError,
    UnauthenticatedError,
)
from sealyard.api.http import Reply
from sealyard.blobstore.base import UploadBusyError
from sealyard.errors import (
    BlobUnknownError,
    ConflictError,
    LimitExceededError,
    LockedError,
    ManifestBlobUnknownError,
    ManifestInUseError,
    ManifestUnknownError,
    NameUnknownError,
    RangeNotSatisfiableError,
    ReadLockedError,
    SealyardError,
    TooManyRequestsError,
    UnavailableError,
    UploadOffsetError,
    UploadUnknownError,
    UseCaseError,
)
from sealyard.oci.errors import (
    DigestMismatchError,
    InvalidChunkError,
    InvalidDigestError,
    InvalidImageReferenceError,
    InvalidManifestError,
    InvalidRepositoryNameError,
    InvalidTagError,
    SizeMismatchError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

API_VERSION: Final = (b"docker-distribution-api-version", b"registry/2.0")
_JSON: Final = (b"content-type", b"application/json; charset=utf-8")
_MAX_LISTED: Final = 50  # of the missing parts of a manifest


class EndpointUnknownError(UseCaseError):
    """No endpoint of the specification has that path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path[:200]!r} is no endpoint of the distribution API")


class MethodNotAllowedError(UseCaseError):
    """The endpoint does not know the method; ``allowed`` are those it does."""

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"{method[:20]!r} cannot be done here, only {self.allowed}")


class InvalidQueryError(UseCaseError):
    """A query field that cannot be read."""


# The nearest class in an error's ancestry counts, so a branch may have one line.
# Codes of 4xx answers are those of the specification; it leaves 5xx to us.
TABLE: Final[dict[type[SealyardError], tuple[int, str]]] = {
    # who asks
    UnauthenticatedError: (401, "UNAUTHORIZED"),
    InsufficientScopeError: (401, "UNAUTHORIZED"),
    InvalidCredentialsError: (401, "UNAUTHORIZED"),
    InvalidTokenError: (401, "UNAUTHORIZED"),
    DeniedError: (403, "DENIED"),
    AccessError: (403, "DENIED"),
    # what is asked
    EndpointUnknownError: (404, "UNSUPPORTED"),
    MethodNotAllowedError: (405, "UNSUPPORTED"),
    InvalidQueryError: (400, "UNSUPPORTED"),
    InvalidRepositoryNameError: (400, "NAME_INVALID"),
    InvalidImageReferenceError: (400, "NAME_INVALID"),
    InvalidTagError: (400, "MANIFEST_INVALID"),
    InvalidDigestError: (400, "DIGEST_INVALID"),
    DigestMismatchError: (400, "DIGEST_INVALID"),
    SizeMismatchError: (400, "SIZE_INVALID"),
    InvalidManifestError: (400, "MANIFEST_INVALID"),
    InvalidChunkError: (400, "SIZE_INVALID"),
    LimitExceededError: (413, "SIZE_INVALID"),
    # what there is
    NameUnknownError: (404, "NAME_UNKNOWN"),
    ManifestUnknownError: (404, "MANIFEST_UNKNOWN"),
    ManifestBlobUnknownError: (400, "MANIFEST_BLOB_UNKNOWN"),
    BlobUnknownError: (404, "BLOB_UNKNOWN"),
    UploadUnknownError: (404, "BLOB_UPLOAD_UNKNOWN"),
    UploadOffsetError: (416, "BLOB_UPLOAD_INVALID"),
    UploadBusyError: (409, "BLOB_UPLOAD_INVALID"),
    RangeNotSatisfiableError: (416, "UNSUPPORTED"),
    # The specification's answer where a deletion is not allowed ("Content Management").
    ManifestInUseError: (405, "UNSUPPORTED"),
    # 405 as in Azure: az tells it at once, and a 403 only after it has tried three times.
    LockedError: (405, "DENIED"),
    # docker takes a denied pull for a missing sign-in, and says so before our sentence.
    ReadLockedError: (405, "UNSUPPORTED"),
    ConflictError: (409, "DENIED"),
    TooManyRequestsError: (429, "TOOMANYREQUESTS"),
    UseCaseError: (400, "UNSUPPORTED"),
    # what does not work
    UnavailableError: (503, "UNAVAILABLE"),
}


def line(error: SealyardError) -> tuple[int, str]:
    """Return the status and code of ``error``."""
    for ancestor in type(error).__mro__:
        found = TABLE.get(ancestor)
        if found is not None:
            return found
    raise error


def refusal(error: SealyardError, headers: Iterable[tuple[bytes, bytes]] = ()) -> Reply:
    """Return the answer that tells ``error``."""
    status, code = line(error)
    body = msgspec.json.encode({"errors": _entries(error, code)})
    length = (b"content-length", b"%d" % len(body))
    return Reply(status, [_JSON, API_VERSION, length, *_headers(error), *headers], body)


def _entries(error: SealyardError, code: str) -> list[dict[str, Any]]:
    entry: dict[str, Any] = {"code": code, "message": str(error)}
    match error:
        case ManifestBlobUnknownError(missing=missing):
            return [entry | {"detail": {"digest": digest}} for digest in missing[:_MAX_LISTED]]
        case BlobUnknownError(digest=digest):
            entry["detail"] = {"digest": digest}
        case ManifestUnknownError(repository=repository, reference=reference):
            entry["detail"] = {"name": repository, "reference": reference}
        case LockedError(repository=repository, reference=reference, attribute=attribute):
            entry["detail"] = {"name": repository, "reference": reference, "locked": attribute}
        case NameUnknownError(repository=repository):
            entry["detail"] = {"name": repository}
        case DigestMismatchError(expected=expected, actual=actual):
            entry["detail"] = {"expected": str(expected), "actual": str(actual)}
        case InsufficientScopeError() | DeniedError() | UnauthenticatedError():
            # docker shows this as what was asked for.
            place = error.repository
            kind, name = ("registry", "catalog") if place is None else ("repository", place)
            entry["detail"] = [{"Type": kind, "Name": name, "Action": error.action.value}]
        case _:
            pass
    return [entry]


def _headers(error: SealyardError) -> list[tuple[bytes, bytes]]:
    match error:
        case MethodNotAllowedError(allowed=allowed):
            return [(b"allow", allowed.encode())]
        case ManifestInUseError() | LockedError():
            return [(b"allow", b"" if isinstance(error, ReadLockedError) else b"GET, HEAD")]
        case RangeNotSatisfiableError(size=size):
            return [(b"content-range", b"bytes */%d" % size)]
        case TooManyRequestsError(retry_after=seconds):
            return [(b"retry-after", b"%d" % seconds)]
        case UploadOffsetError(offset=offset):
            return [(b"range", upload_range(offset))]
        case _:
            return []


def upload_range(offset: int) -> bytes:
    """Return the ``Range`` of an upload with ``offset`` bytes.

    The last byte's position; of none it is ``0-0`` as docker's registry has it, for lack of a
    way to write it.
    """
    return b"0-%d" % max(offset - 1, 0)
