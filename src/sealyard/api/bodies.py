"""Bodies of requests, read within a bound and into a typed value.

JSON is decoded strictly: a field of the wrong type is refused. Fields that we do not know are
passed over, because the clients of these doors (az, Graph's and ARM's SDKs) send more with every
release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect

from sealyard.api.http import ClientGoneError
from sealyard.errors import LimitExceededError, SealyardError

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

MAX_JSON: Final = 256 * 1024
MAX_FORM: Final = 64 * 1024
_MAX_FORM_FIELDS: Final = 32


class InvalidBodyError(SealyardError):
    """The body, or a query field, is not what this request takes; ``reason`` says where."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the request is malformed: {reason}")
        self.reason = reason


async def json_body(request: Request, kind: type[T]) -> T:
    """Read a JSON body as ``kind``; raise ``InvalidBodyError`` or ``LimitExceededError``."""
    raw = await whole_body(request, MAX_JSON)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidBodyError(str(error)) from error


async def form_body(request: Request) -> dict[str, str]:
    """Read a form; a field sent twice raises ``InvalidBodyError`` (RFC 6749, 3.2)."""
    raw = await whole_body(request, MAX_FORM)
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(raw),
            max_num_fields=_MAX_FORM_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        reason = "the body is not a form"
        raise InvalidBodyError(reason) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        reason = "a field was sent twice"
        raise InvalidBodyError(reason)
    return fields


async def whole_body(request: Request, limit: int) -> bytes:
    """Read a body; raise ``LimitExceededError`` once it passes ``limit`` bytes."""
    parts: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                what = "the body"
                raise LimitExceededError(what, limit)
            parts.append(chunk)
    except ClientDisconnect as error:
        raise ClientGoneError from error
    return b"".join(parts)
