"""Every error that the token endpoint can meet has its status and code."""

from __future__ import annotations

import json

import pytest

from sealyard.access.actions import Action
from sealyard.access.errors import (
    DeniedError,
    InvalidCredentialsError,
    InvalidScopeError,
    InvalidTokenError,
)
from sealyard.api.tokens.wire import InvalidRequestError, refusal
from sealyard.errors import (
    ConflictError,
    LimitExceededError,
    SealyardError,
    TooManyRequestsError,
    UnavailableError,
)
from sealyard.keystore.sealing import SealBrokenError


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidCredentialsError(), 401, "UNAUTHORIZED"),
        (InvalidTokenError("expired"), 401, "UNAUTHORIZED"),
        (InvalidScopeError("x", "y"), 400, "INVALID_SCOPE"),
        (DeniedError("a", Action.PULL, None, ("Reader",)), 403, "DENIED"),
        (InvalidRequestError("x"), 400, "INVALID_REQUEST"),
        (LimitExceededError("x", 1), 413, "INVALID_REQUEST"),
        (TooManyRequestsError("x", 7), 429, "TOOMANYREQUESTS"),
        (ConflictError("x"), 400, "INVALID_REQUEST"),
        (UnavailableError("x"), 503, "UNAVAILABLE"),
        (SealBrokenError("x"), 503, "UNAVAILABLE"),
        (SealyardError("x"), 500, "UNKNOWN"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_is_told_in_the_registrys_form(
    error: SealyardError, status: int, code: str
) -> None:
    answer = refusal(error)
    body = json.loads(bytes(answer.body))
    assert answer.status_code == status
    assert body == {"errors": [{"code": code, "message": str(error), "detail": None}]}
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.headers.get("retry-after") == ("7" if status == 429 else None)
