"""When a request is sent once more, and after how long.

Only what can be repeated without harm is (RFC 9110, 9.2.2), only after answers that say "not now",
and a few times: a server in trouble is not helped by more requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.client.registry.errors import (
    CertificateRefusedError,
    HostUnknownError,
    NotHttpError,
    TooSlowError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sealyard.client.errors import ClientError

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
ATTEMPTS: Final = 4
_TOO_MANY_REQUESTS: Final = 429
_NOT_NOW: Final = frozenset({408, 500, 502, 503, 504})
# What is the same at the next attempt, or has cost a minute already.
_LASTING: Final = (CertificateRefusedError, HostUnknownError, NotHttpError, TooSlowError)
_FIRST_PAUSE: Final = 0.2  # seconds; each one is three times as long as the one before
_LONGEST_PAUSE: Final = 20.0  # whoever is told to wait longer is told so, and decides


def pause_after_answer(attempt: int, status: int, headers: Mapping[str, str]) -> float | None:
    """Return how many seconds to wait after answer number ``attempt``; ``None``: it stands."""
    if attempt >= ATTEMPTS:
        return None
    said = headers.get("retry-after", "")
    asked = float(said) if said.isascii() and said.isdigit() else None
    if asked is not None and asked > _LONGEST_PAUSE:
        return None
    if status == _TOO_MANY_REQUESTS:
        return asked
    if status in _NOT_NOW:
        return _pause(attempt) if asked is None else asked
    return None


def pause_after_failure(attempt: int, error: ClientError) -> float | None:
    """Return how many seconds to wait after failure number ``attempt``; ``None``: give up."""
    if attempt >= ATTEMPTS or isinstance(error, _LASTING):
        return None
    return _pause(attempt)


def pause_before_going_on(
    attempt: int, error: ClientError, *, has_moved: bool = True
) -> float | None:
    """Do the same for the rest of a blob: a connection that fell silent may be made anew, once.

    One that has moved nothing (not ``has_moved``) in all that time may not.
    """
    if isinstance(error, TooSlowError) and attempt == 1 and has_moved:
        return _pause(attempt)
    return pause_after_failure(attempt, error)


def _pause(attempt: int) -> float:
    return float(_FIRST_PAUSE * 3 ** (attempt - 1))
