"""Lists in pages: ``n``, ``last`` and the ``Link`` to what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, urlencode

from sealyard.api.distribution.wire import InvalidQueryError

if TYPE_CHECKING:
    from sealyard.api.http import Request

_MAX_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Paging:
    """What a client asked for: at most ``limit`` entries (``None``: all) after ``last``."""

    limit: int | None
    last: str

    @classmethod
    def asked(cls, request: Request) -> Self:
        """Read ``n`` and ``last``; raise ``InvalidQueryError``."""
        text = request.query("n")
        if text is not None and (not text.isascii() or not text.isdigit()):
            message = f"n={text[:20]!r} is not a number of entries"
            raise InvalidQueryError(message)
        limit = None if text is None else int(text[:_MAX_DIGITS])
        return cls(limit, request.query("last") or "")


def link(path: str, **fields: str) -> tuple[bytes, bytes]:
    """Return the ``Link`` to the next page (RFC 5988, relation ``next``)."""
    query = urlencode(fields, quote_via=quote)
    return (b"link", f'<{path}?{query}>; rel="next"'.encode("ascii"))
