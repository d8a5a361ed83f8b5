"""How answers and errors look on the wire: Microsoft Graph's, and OAuth 2.0's for signing in."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import Route

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

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    Endpoint = Callable[[Request], Awaitable[Response]]


class OAuthRequestError(SealyardError):
    """A sign-in that is not asked for properly; ``code`` is one of RFC 6749, 5.2."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


GRAPH: Final[dict[type[SealyardError], Line]] = {
    SealyardError: Line(500, "Service_InternalServerError"),
    AccessError: Line(403, "Authorization_RequestDenied"),
    DeniedError: Line(403, "Authorization_RequestDenied"),
    UnauthenticatedError: Line(401, "InvalidAuthenticationToken"),
    InvalidTokenError: Line(401, "InvalidAuthenticationToken"),
    InvalidCredentialsError: Line(401, "InvalidAuthenticationToken"),
    InvalidScopeError: Line(400, "Request_BadRequest"),
    InvalidNameError: Line(400, "Request_BadRequest"),
    RoleUnknownError: Line(404, "Request_ResourceNotFound"),
    InvalidBodyError: Line(400, "Request_BadRequest"),
    UseCaseError: Line(409, "Request_Conflict"),
    ConflictError: Line(409, "Request_Conflict"),
    DirectoryObjectExistsError: Line(409, "Request_MultipleObjectsWithSameKeyValue"),
    DirectoryObjectUnknownError: Line(404, "Request_ResourceNotFound"),
    LimitExceededError: Line(413, "Request_EntityTooLarge"),
    TooManyRequestsError: Line(429, "TooManyRequests"),
    UnavailableError: Line(503, "Service_Unavailable"),
}
# RFC 6749, 5.2. The codes of a wrong password and of a wrong secret differ: see ``sign_in``.
OAUTH: Final[dict[type[SealyardError], Line]] = {
    SealyardError: Line(500, "server_error"),
    AccessError: Line(400, "invalid_grant"),
    InvalidBodyError: Line(400, "invalid_request"),
    UseCaseError: Line(400, "invalid_request"),
    LimitExceededError: Line(413, "invalid_request"),
    TooManyRequestsError: Line(429, "temporarily_unavailable"),
    UnavailableError: Line(503, "temporarily_unavailable"),
    OAuthRequestError: Line(400, "invalid_request"),
}


def json_answer(content: Any, status: int = 200) -> Response:  # noqa: ANN401 (plain JSON values)
    """Answer with JSON that nobody may keep: there are tokens and secrets among these answers."""
    headers = {"cache-control": "no-store", "pragma": "no-cache"}
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def graph_route(method: str, path: str, endpoint: Endpoint) -> Route:
    """Make a route under ``/v1.0``; errors are answered in Graph's shape."""
    return Route("/v1.0" + path, _guarded(endpoint, _graph_error), methods=[method])


def sign_in_route(method: str, path: str, endpoint: Endpoint) -> Route:
    """Make a route of the sign-in; errors are answered in OAuth's shape."""
    return Route(path, _guarded(endpoint, _oauth_error), methods=[method])


def _guarded(endpoint: Endpoint, answer: Callable[[SealyardError], Response]) -> Endpoint:
    @wraps(endpoint)
    async def run(request: Request) -> Response:
        try:
            return await endpoint(request)
        except SealyardError as error:
            return answer(error)

    return run


def _graph_error(error: SealyardError) -> Response:
    line = line_for(GRAPH, error)
    return _told(error, line, {"error": {"code": line.code, "message": str(error)}})


def _oauth_error(error: SealyardError) -> Response:
    line = line_for(OAUTH, error)
    code = line.code
    if isinstance(error, OAuthRequestError):
        code = error.code
        line = Line(401 if code == "invalid_client" else line.status, code)
    return _told(error, line, {"error": code, "error_description": str(error)})


def _told(error: SealyardError, line: Line, content: Mapping[str, Any]) -> Response:
    answer = json_answer(content, line.status)
    if isinstance(error, TooManyRequestsError):
        answer.headers["retry-after"] = str(error.retry_after)
    if line.status == 401:  # noqa: PLR2004 (the status is the point)
        answer.headers["www-authenticate"] = "Bearer"
    return answer
