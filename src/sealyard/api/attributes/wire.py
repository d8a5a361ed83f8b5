"""How answers and errors look on the wire: the JSON of the distribution API's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from sealyard.access.errors import (
    AccessError,
    InsufficientScopeError,
    InvalidCredentialsError,
    InvalidTokenError,
    UnauthenticatedError,
)
from sealyard.api.bodies import InvalidBodyError
from sealyard.api.error_lines import Line, line_for
from sealyard.errors import (
    ConflictError,
    LimitExceededError,
    LockedError,
    ManifestUnknownError,
    NameUnknownError,
    SealyardError,
    TooManyRequestsError,
    UnavailableError,
    UseCaseError,
)
from sealyard.oci.errors import OciError

if TYPE_CHECKING:
    from collections.abc import Mapping


class NothingDeletedKeptError(UseCaseError):
    """Somebody looks for what was deleted, as registries with soft delete keep it for a while."""

    def __init__(self) -> None:
        super().__init__(
            "this registry keeps nothing that was deleted (it has no soft delete): push it again, "
            "or restore a backup; a lock keeps an image from being deleted at all"
        )


TABLE: Final[dict[type[SealyardError], Line]] = {
    SealyardError: Line(500, "UNKNOWN"),
    UnauthenticatedError: Line(401, "UNAUTHORIZED"),
    InsufficientScopeError: Line(401, "UNAUTHORIZED"),
    InvalidCredentialsError: Line(401, "UNAUTHORIZED"),
    InvalidTokenError: Line(401, "UNAUTHORIZED"),
    AccessError: Line(403, "DENIED"),
    OciError: Line(400, "NAME_INVALID"),
    InvalidBodyError: Line(400, "UNSUPPORTED"),
    NameUnknownError: Line(404, "NAME_UNKNOWN"),
    ManifestUnknownError: Line(404, "MANIFEST_UNKNOWN"),
    LimitExceededError: Line(413, "SIZE_INVALID"),
    # az tells a 405 at once, and a 403 only after it has tried three times.
    LockedError: Line(405, "DENIED"),
    NothingDeletedKeptError: Line(405, "UNSUPPORTED"),
    ConflictError: Line(409, "DENIED"),
    TooManyRequestsError: Line(429, "TOOMANYREQUESTS"),
    UseCaseError: Line(400, "UNSUPPORTED"),
    UnavailableError: Line(503, "UNAVAILABLE"),
}


def json_answer(
    content: Any,  # noqa: ANN401 (plain JSON values)
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON."""
    sent = {"cache-control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(content), status, sent, media_type="application/json")


def error_answer(error: SealyardError) -> Response:
    """Answer with an error."""
    line = line_for(TABLE, error)
    answer = json_answer({"errors": [{"code": line.code, "message": str(error)}]}, line.status)
    if isinstance(error, TooManyRequestsError):
        answer.headers["retry-after"] = str(error.retry_after)
    if isinstance(error, LockedError):
        answer.headers["allow"] = "GET, PATCH"
    if isinstance(error, NothingDeletedKeptError):
        answer.headers["allow"] = ""
    return answer
