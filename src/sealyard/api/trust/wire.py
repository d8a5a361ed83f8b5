"""How the door answers: the form of notary's errors, and the table from error to code.

Notary's clients read one thing of a refusal: ``detail`` of the form ``{"Name", "Error": {"Msg"}}``
in a body of at most 1024 bytes. What has it is shown to the person at the keyboard; anything else
becomes "trust server rejected operation". So every refusal has it that a person could act on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from sealyard.access.errors import (
    AccessError,
    DeniedError,
    InsufficientScopeError,
    InvalidCredentialsError,
    InvalidTokenError,
    UnauthenticatedError,
)
from sealyard.api.http import reply
from sealyard.api.trust.multipart import FileNameMissingError, MalformedUploadError
from sealyard.errors import (
    ConflictError,
    LimitExceededError,
    SealyardError,
    TooManyRequestsError,
    UnavailableError,
    UseCaseError,
)
from sealyard.services.trust.errors import (
    ContentTrustDisabledError,
    ForeignCollectionError,
    TrustDataUnknownError,
)
from sealyard.trust.errors import (
    BadHierarchyError,
    BadRootError,
    BadSnapshotError,
    BadTargetsError,
    CertificateError,
    DelegationUnusableError,
    ExpiredMetadataError,
    FileMissingError,
    FileTooLargeError,
    HashMismatchError,
    InvalidPinError,
    InvalidPolicyError,
    InvalidRoleNameError,
    InvalidUpdateError,
    KeyFormatError,
    MetadataContentError,
    MetadataFormatError,
    NothingPinnedError,
    NotSignedError,
    PinMismatchError,
    PolicyUnmetError,
    RollbackError,
    SignatureError,
    StaleUpdateError,
    ThresholdNotMetError,
    TrustError,
    WalkTooLongError,
)

if TYPE_CHECKING:
    from sealyard.api.http import Reply

JSON: Final = (b"content-type", b"application/json; charset=utf-8")
_MAX_MESSAGE_BYTES = 700  # of the 1024 that clients read, escapes and the frame around it counted

MESSAGES: Final = {
    "METADATA_NOT_FOUND": "You have requested metadata that does not exist.",
    "INVALID_UPDATE": "Update sent by the client is invalid.",
    "VERSION": "A newer version of metadata is already available.",
    "MALFORMED_UPLOAD": "The body of your request is malformed.",
    "MALFORMED_JSON": "JSON sent by the client could not be parsed by the server",
    "NO_FILENAME": "No file/role name provided.",
    "INVALID_ROLE": "The role you are attempting to operate on is invalid.",
    "INVALID_GUN": "The server does not support actions on images of this name.",
    "INVALID_PARAMETERS": "The parameters provided are not valid.",
    "UNAUTHORIZED": "authentication required",
    "TOOMANYREQUESTS": "too many requests",
    "UNAVAILABLE": "the registry cannot do this at present",
    "UNKNOWN": "the registry failed to answer",
}


class InvalidParametersError(UseCaseError):
    """A query that the change feed cannot be asked with."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the query cannot be answered: {reason}")
        self.reason = reason


class _Line(NamedTuple):
    status: int
    code: str
    name: str = ""  # under which clients show the sentence


_INVALID = _Line(400, "INVALID_UPDATE", "ErrValidation")
_NOT_FOUND = _Line(404, "METADATA_NOT_FOUND")
_UNAUTHORIZED = _Line(401, "UNAUTHORIZED")

# The closest ancestor of an error has the say.
ERRORS: Final[dict[type[SealyardError], _Line]] = {
    # the upload
    BadHierarchyError: _Line(400, "INVALID_UPDATE", "ErrBadHierarchy"),
    BadRootError: _Line(400, "INVALID_UPDATE", "ErrBadRoot"),
    BadTargetsError: _Line(400, "INVALID_UPDATE", "ErrBadTargets"),
    BadSnapshotError: _Line(400, "INVALID_UPDATE", "ErrBadSnapshot"),
    InvalidUpdateError: _INVALID,
    StaleUpdateError: _Line(400, "VERSION", "ErrValidation"),
    ConflictError: _Line(400, "VERSION", "ErrValidation"),
    MetadataContentError: _INVALID,
    MetadataFormatError: _Line(400, "MALFORMED_JSON", "ErrValidation"),
    MalformedUploadError: _Line(400, "MALFORMED_UPLOAD", "ErrValidation"),
    FileNameMissingError: _Line(400, "NO_FILENAME", "ErrValidation"),
    InvalidRoleNameError: _Line(400, "INVALID_ROLE"),
    ForeignCollectionError: _Line(400, "INVALID_GUN", "ErrValidation"),
    ContentTrustDisabledError: _INVALID,
    LimitExceededError: _INVALID,
    # the caller
    DeniedError: _INVALID,
    UnauthenticatedError: _UNAUTHORIZED,
    InsufficientScopeError: _UNAUTHORIZED,
    InvalidCredentialsError: _UNAUTHORIZED,
    InvalidTokenError: _UNAUTHORIZED,
    AccessError: _UNAUTHORIZED,
    # the rest
    TrustDataUnknownError: _NOT_FOUND,
    NotSignedError: _NOT_FOUND,
    InvalidParametersError: _Line(400, "INVALID_PARAMETERS"),
    TooManyRequestsError: _Line(429, "TOOMANYREQUESTS"),
    UnavailableError: _Line(503, "UNAVAILABLE"),
    UseCaseError: _Line(400, "INVALID_UPDATE", "ErrValidation"),
    # stored trust data that the registry itself finds wrong
    KeyFormatError: _Line(500, "UNKNOWN"),
    CertificateError: _Line(500, "UNKNOWN"),
    SignatureError: _Line(500, "UNKNOWN"),
    ThresholdNotMetError: _Line(500, "UNKNOWN"),
    HashMismatchError: _Line(500, "UNKNOWN"),
    RollbackError: _Line(500, "UNKNOWN"),
    ExpiredMetadataError: _Line(500, "UNKNOWN"),
    # what only a client finds wrong
    DelegationUnusableError: _Line(500, "UNKNOWN"),
    FileMissingError: _Line(500, "UNKNOWN"),
    FileTooLargeError: _Line(500, "UNKNOWN"),
    InvalidPinError: _Line(500, "UNKNOWN"),
    InvalidPolicyError: _Line(500, "UNKNOWN"),
    NothingPinnedError: _Line(500, "UNKNOWN"),
    PinMismatchError: _Line(500, "UNKNOWN"),
    PolicyUnmetError: _Line(500, "UNKNOWN"),
    WalkTooLongError: _Line(500, "UNKNOWN"),
    TrustError: _Line(500, "UNKNOWN"),
    SealyardError: _Line(500, "UNKNOWN"),
}


def refusal(error: SealyardError, challenge: tuple[bytes, bytes] | None = None) -> Reply:
    """Return the answer that says ``error``; the header ``challenge`` goes with a 401."""
    line = next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
    headers = [JSON]
    if line == _UNAUTHORIZED and challenge is not None:
        headers.append(challenge)
    if isinstance(error, TooManyRequestsError):
        headers.append((b"retry-after", b"%d" % error.retry_after))
    return error_reply(line.status, line.code, _detail(error, line), headers)


def denied(error: DeniedError, challenge: tuple[bytes, bytes]) -> Reply:
    """Return the answer to a *read* that the identity may not make.

    401 although asking again will not help: it is the one status for which clients tell people
    that they are not authorized, and it does not tell whether there is anything to read.
    """
    body = _detail(error, _INVALID)
    return error_reply(401, "UNAUTHORIZED", body, [JSON, challenge])


def not_found() -> Reply:
    """Return the answer to what no route leads to."""
    return error_reply(404, "METADATA_NOT_FOUND", None, [JSON])


def error_reply(
    status: int,
    code: str,
    detail: object,
    headers: list[tuple[bytes, bytes]],
) -> Reply:
    """Return an error in notary's form; a ``detail`` of ``None`` is left out."""
    error: dict[str, object] = {"code": code, "message": MESSAGES[code]}
    if detail is not None:
        error["detail"] = detail
    return reply(status, msgspec.json.encode({"errors": [error]}) + b"\n", headers)


def _detail(error: SealyardError, line: _Line) -> object:
    if isinstance(error, InvalidRoleNameError):
        return _cut(error.name)
    if line.name:
        message = {"Msg": _cut(str(error))}
        if isinstance(error, BadHierarchyError):
            message = {"Missing": error.missing, **message}
        return {"Name": line.name, "Error": message}
    if line == _NOT_FOUND:
        return {}
    return _cut(str(error))


def _cut(text: str) -> str:
    """Shorten ``text`` until its JSON fits into what clients read."""
    while len(msgspec.json.encode(text)) > _MAX_MESSAGE_BYTES:
        text = text[: len(text) * 3 // 4] + "…"
    return text
