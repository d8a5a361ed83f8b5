"""Pages of Graph's lists: ``$top``, and a link to the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from sealyard.api.bodies import InvalidBodyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from sealyard.api.directory.shapes import Shape
    from sealyard.api.origins import Origins

SKIP: Final = "$skiptoken"
_DEFAULT: Final = 100
_MAX: Final = 999  # Graph's own


def page_size(request: Request) -> int:
    """Return how many entries are asked for; raise ``InvalidBodyError``."""
    text = request.query_params.get("$top", str(_DEFAULT))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= _MAX:
        reason = f"$top is not between 1 and {_MAX}"
        raise InvalidBodyError(reason)
    return int(text[:9])


def page(
    request: Request, origins: Origins, shown: Sequence[Shape], size: int, last: str
) -> dict[str, object]:
    """Return a page; a full one links to the next, which begins after ``last``."""
    content: dict[str, object] = {"value": shown}
    if shown and len(shown) >= size:
        kept = [(name, value) for name, value in request.query_params.items() if name != SKIP]
        query = urlencode([*kept, (SKIP, last)])
        url = f"{origins.url(request.headers.get('host'))}{request.url.path}?{query}"
        content["@odata.nextLink"] = url
    return content
