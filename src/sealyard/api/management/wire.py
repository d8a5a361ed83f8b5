"""How answers and errors of the Azure Resource Manager look on the wire.

``{"error": {"code": …, "message": …}}``: az prints "(code) message".
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from sealyard.access.errors import (
    AccessError,
    DeniedError,
    InvalidCredentialsError,
    InvalidNameError,
    InvalidScopeError,
    InvalidTokenError,
    RoleUnknownError,
    UnauthenticatedError,
)
from sealyard.api.bodies import InvalidBodyError
from sealyard.api.error_lines import Line, line_for
from sealyard.errors import (
    ConflictError,
    DirectoryObjectExistsError,
    DirectoryObjectUnknownError,
    LimitExceededError,
    SealyardError,
    TooManyRequestsError,
    UnavailableError,
    UseCaseError,
)
from sealyard.services.policy.content_trust import ConfirmationMissingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    Endpoint = Callable[[Request], Awaitable[Response]]

TABLE: Final[dict[type[SealyardError], Line]] = {
    SealyardError: Line(500, "InternalServerError"),
    AccessError: Line(403, "AuthorizationFailed"),
    DeniedError: Line(403, "AuthorizationFailed"),
    UnauthenticatedError: Line(401, "AuthenticationFailed"),
    InvalidTokenError: Line(401, "InvalidAuthenticationToken"),
    InvalidCredentialsError: Line(401, "AuthenticationFailed"),
    InvalidScopeError: Line(400, "InvalidScope"),
    InvalidNameError: Line(400, "InvalidParameter"),
    RoleUnknownError: Line(404, "RoleDefinitionDoesNotExist"),
    InvalidBodyError: Line(400, "InvalidRequestContent"),
    UseCaseError: Line(409, "Conflict"),
    ConflictError: Line(409, "Conflict"),
    ConfirmationMissingError: Line(409, "TrustLossNotConfirmed"),
    # az then lists the assignments and shows the one that is there: granting twice is no failure.
    DirectoryObjectExistsError: Line(409, "RoleAssignmentExists"),
    DirectoryObjectUnknownError: Line(404, "ResourceNotFound"),
    LimitExceededError: Line(413, "RequestEntityTooLarge"),
    TooManyRequestsError: Line(429, "TooManyRequests"),
    UnavailableError: Line(503, "ServerTimeout"),
}


def json_answer(content: Any, status: int = 200) -> Response:  # noqa: ANN401 (plain JSON values)
    """Answer with JSON; what stands in it is nobody else's to keep."""
    headers = {"cache-control": "no-store"}
    body = msgspec.json.encode(content)
    return Response(body, status, headers, media_type="application/json")


def error_answer(error: SealyardError) -> Response:
    """Answer with an error."""
    line = line_for(TABLE, error)
    content: dict[str, Any] = {"code": line.code, "message": str(error)}
    if isinstance(error, ConfirmationMissingError):
        content["additionalInfo"] = [{"type": "TrustLoss", "info": error.loss}]
    answer = json_answer({"error": content}, line.status)
    if isinstance(error, TooManyRequestsError):
        answer.headers["retry-after"] = str(error.retry_after)
    if line.status == 401:  # noqa: PLR2004 (the status is the point)
        answer.headers["www-authenticate"] = "Bearer"
    return answer


def guarded(endpoint: Endpoint) -> Endpoint:
    """Turn what ``endpoint`` raises into an answer."""

    @wraps(endpoint)
    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except SealyardError as error:
            return error_answer(error)

    return run
