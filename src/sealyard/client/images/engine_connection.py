"""Requests to a Docker Engine in the newest version of its API that both sides know."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import msgspec

from sealyard.client.images.errors import (
    EngineAnswerError,
    EngineImageMissingError,
    EngineRefusedError,
    EngineUnavailableError,
)
from sealyard.client.images.unix_transport import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealyard.client.images.engine_address import EngineAddress

# 1.41 is that of 20.10, 1.44 the oldest that 29 still speaks.
_NEWEST: Final = (1, 51)
_OLDEST: Final = (1, 24)
_ANSWER_BYTES: Final = 32 * 1024 * 1024  # a list of some 10,000 images
_ERROR_BYTES: Final = 64 * 1024
_NOT_FOUND: Final = 404
_FIRST_ERROR: Final = 400
_PATIENCE: Final = httpx.Timeout(PATIENCE, connect=10.0, write=120.0)


class EngineVersion(msgspec.Struct, frozen=True, rename="pascal"):
    """What the Engine says of itself; ``api_version`` is the newest it speaks."""

    version: str
    api_version: str
    min_api_version: str = msgspec.field(default="1.12", name="MinAPIVersion")
    os: str = ""
    arch: str = ""


class _Refusal(msgspec.Struct):
    message: str = ""


class EngineConnection:
    """Connections to one Engine, kept for the next request. Safe for several threads."""

    def __init__(
        self, address: EngineAddress, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.address = address
        self._client = httpx.Client(
            base_url=address.origin,
            transport=transport or address.transport(),
            timeout=_PATIENCE,
            trust_env=False,
        )
        self._lock = threading.Lock()
        self._version: EngineVersion | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        """Close the connections."""
        self._client.close()

    def version(self) -> EngineVersion:
        """Ask, once, what the Engine is; raise ``EngineError``."""
        with self._lock:
            if self._version is None:
                with self._sent("GET", "/version") as answer:
                    self._version = _decoded(_body(answer), EngineVersion)
            return self._version

    @contextmanager
    def send(
        self,
        method: str,
        path: str,
        *,
        image: str = "",
        **request: Any,  # noqa: ANN401 (httpx's own parameters)
    ) -> Iterator[httpx.Response]:
        """Send a request; the answer streams.

        ``image`` is the one that is meant if there is none of that name. Raise
        ``EngineUnavailableError``, ``EngineRefusedError``, ``EngineImageMissingError``.
        """
        prefix = f"/v{_common_version(self.version(), self.address)}"
        with self._sent(method, prefix + path, image=image, **request) as answer:
            yield answer

    def json(self, path: str, kind: Any, *, image: str = "", **params: str) -> Any:  # noqa: ANN401 (of ``kind``)
        """Get one JSON answer of the type ``kind``; raise also ``EngineAnswerError``."""
        with self.send("GET", path, image=image, params=params) as answer:
            return _decoded(_body(answer), kind)

    @contextmanager
    def _sent(
        self,
        method: str,
        path: str,
        *,
        image: str = "",
        **more: Any,  # noqa: ANN401 (httpx's own parameters)
    ) -> Iterator[httpx.Response]:
        try:
            with self._client.stream(method, path, **more) as answer:
                if answer.status_code >= _FIRST_ERROR:
                    raise _refusal(answer, image)
                yield answer
        except httpx.HTTPError as error:
            raise self.address.unavailable(error) from error


def _common_version(version: EngineVersion, address: EngineAddress) -> str:
    newest, oldest = _numbers(version.api_version), _numbers(version.min_api_version)
    common = min(newest, _NEWEST)
    if common < max(oldest, _OLDEST):
        reason = (
            f"its version {version.version[:40]} speaks API {oldest[0]}.{oldest[1]} to "
            f"{newest[0]}.{newest[1]} only; update the Engine, or Sealyard"
        )
        raise EngineUnavailableError(address.text, reason)
    return f"{common[0]}.{common[1]}"


def _numbers(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    if not (major.isascii() and major.isdecimal() and minor.isascii() and minor.isdecimal()):
        reason = f"{text[:20]!r} is no version of its API"
        raise EngineAnswerError(reason)
    return int(major[:4]), int(minor[:4])


def _refusal(answer: httpx.Response, image: str) -> EngineRefusedError:
    raw = _body(answer, _ERROR_BYTES)
    try:
        message = msgspec.json.decode(raw, type=_Refusal).message
    except (msgspec.MsgspecError, UnicodeDecodeError):
        message = f"status {answer.status_code}"
    if answer.status_code == _NOT_FOUND and image:
        return EngineImageMissingError(image)
    return EngineRefusedError(message or f"status {answer.status_code}", answer.status_code)


def _body(answer: httpx.Response, limit: int = _ANSWER_BYTES) -> bytes:
    pieces, size = [], 0
    for piece in answer.iter_bytes():
        size += len(piece)
        if size > limit:
            reason = f"its answer has more than {limit} bytes"
            raise EngineAnswerError(reason)
        pieces.append(piece)
    return b"".join(pieces)


def _decoded(raw: bytes, kind: Any) -> Any:  # noqa: ANN401 (of ``kind``)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = f"its answer is not what the API says ({error})"
        raise EngineAnswerError(reason) from error
