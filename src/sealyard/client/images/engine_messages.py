"""The stream of JSON objects that the Engine sends while it pulls or loads.

One object a line. An error in the middle comes as one more object, under the status 200 that was
sent long before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from sealyard.client.images.errors import EngineAnswerError, EngineRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAX_LINE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class EngineStep:
    """One line of progress: of ``layer`` (empty: of all), ``current`` of ``total`` bytes.

    ``total`` is 0 where the Engine does not know or say it.
    """

    layer: str
    status: str
    current: int = 0
    total: int = 0


class _Detail(msgspec.Struct):
    current: int = 0
    total: int = 0


class _ErrorDetail(msgspec.Struct):
    message: str = ""


class _Message(msgspec.Struct, rename="camel"):
    status: str = ""
    stream: str = ""
    id: str = ""
    progress_detail: _Detail | None = None
    error: str = ""
    error_detail: _ErrorDetail | None = None


_decoder = msgspec.json.Decoder(_Message)


def steps(pieces: Iterable[bytes]) -> Iterator[EngineStep]:
    """Yield what the Engine tells; raise ``EngineRefusedError`` when it tells of an error."""
    for line in _lines(pieces):
        try:
            message = _decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            reason = f"its progress is not JSON ({error})"
            raise EngineAnswerError(reason) from error
        failure = message.error_detail.message if message.error_detail else ""
        if failure or message.error:
            raise EngineRefusedError(failure or message.error)
        detail = message.progress_detail or _Detail()
        text = message.status or message.stream.rstrip("\n")
        yield EngineStep(message.id, text, detail.current, detail.total)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        *lines, held = (held + piece).split(b"\n")
        if len(held) > _MAX_LINE:
            reason = f"a line of its progress has more than {_MAX_LINE} bytes"
            raise EngineAnswerError(reason)
        yield from (line for line in lines if line.strip())
    if held.strip():
        yield held
