"""Pages for people who sign in: templates, and the headers that keep a page to itself.

Everything that is put into a template is escaped. The policy forbids scripts but for one file of
ours, frames, and forms that go anywhere else than was said (Content Security Policy Level 3).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

_PACKAGE: Final = "sealyard.api.directory"
_STATIC: Final = {"page.css": "text/css", "continue.js": "text/javascript"}
_HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


def page(
    template: str,
    status: int = 200,
    *,
    sends_to: Iterable[str] = (),
    **values: Any,  # noqa: ANN401 (whatever the template shows)
) -> Response:
    """Answer with a page; its form may go to us and to the origins ``sends_to``."""
    shown = _environment().get_template(template).render(values)
    targets = " ".join(["'self'", *sends_to])
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {targets}"
    )
    headers = {**_HEADERS, "content-security-policy": policy}
    return Response(shown, status, headers, media_type="text/html")


def static_routes() -> list[Route]:
    """Make the routes of the style sheet and the script."""
    return [Route("/sign-in/{name}", _static, methods=["GET"])]


async def _static(request: Request) -> Response:
    """Give the style sheet or the script."""
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response("there is no such file\n", 404, media_type="text/plain")
    headers = {"cache-control": "max-age=3600", "x-content-type-options": "nosniff"}
    return Response(_read(name), 200, headers, media_type=_STATIC[name])


@cache
def _read(name: str) -> bytes:
    return files(_PACKAGE).joinpath("static", name).read_bytes()


@cache
def _environment() -> Environment:
    loader = PackageLoader(_PACKAGE)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
