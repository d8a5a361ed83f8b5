"""How the token endpoint answers: its bodies, its headers, and the table of its errors.

Refusals have the form of the OCI distribution specification, whose message docker shows to people.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse

from sealyard.access.errors import (
    AccessError,
    InvalidCredentialsError,
    InvalidScopeError,
    InvalidTokenError,
)
from sealyard.api.error_lines import Line, line_for
from sealyard.errors import (
    LimitExceededError,
    SealyardError,
    TooManyRequestsError,
    UnavailableError,
    UseCaseError,
)

if TYPE_CHECKING:
    from sealyard.services.directory.token_issue import IssuedToken

# RFC 6749 section 5.1: nobody on the way may keep a token.
_HEADERS: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Sealyard",charset="UTF-8"'}


class InvalidRequestError(UseCaseError):
    """A request that lacks something, or asks for a grant that there is not."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the token request cannot be read: {reason}")
        self.reason = reason


TABLE: Final[dict[type[SealyardError], Line]] = {
    InvalidCredentialsError: Line(401, "UNAUTHORIZED"),
    InvalidTokenError: Line(401, "UNAUTHORIZED"),
    InvalidScopeError: Line(400, "INVALID_SCOPE"),
    AccessError: Line(403, "DENIED"),
    InvalidRequestError: Line(400, "INVALID_REQUEST"),
    LimitExceededError: Line(413, "INVALID_REQUEST"),
    TooManyRequestsError: Line(429, "TOOMANYREQUESTS"),
    UseCaseError: Line(400, "INVALID_REQUEST"),
    UnavailableError: Line(503, "UNAVAILABLE"),
    SealyardError: Line(500, "UNKNOWN"),
}


def refusal(error: SealyardError) -> JSONResponse:
    """Return the answer that says ``error``."""
    status, code = line_for(TABLE, error)
    headers = dict(_HEADERS)
    if status == 401:  # noqa: PLR2004 (RFC 9110 section 15.5.2 wants a challenge with it)
        headers |= _CHALLENGE
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(error.retry_after)
    body = {"errors": [{"code": code, "message": str(error), "detail": None}]}
    return JSONResponse(body, status, headers)


def token_reply(issued: IssuedToken, refresh_token: str | None = None) -> JSONResponse:
    """Return the answer to a GET or POST of ``/oauth2/token``.

    The token is there twice: older clients read ``token``, OAuth 2.0 ones ``access_token``.
    """
    body: dict[str, Any] = {
        "token": issued.token,
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "issued_at": issued.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if refresh_token is not None:
        body["refresh_token"] = refresh_token
    return JSONResponse(body, 200, _HEADERS)


def exchange_reply(refresh_token: str) -> JSONResponse:
    """Return the answer to ``/oauth2/exchange``."""
    return JSONResponse({"refresh_token": refresh_token}, 200, _HEADERS)
