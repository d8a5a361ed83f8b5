"""Lists of a registry, page after page: the tags of a repository, the repositories there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from sealyard.client.errors import NotFoundError, ServerRefusedError, UnexpectedAnswerError
from sealyard.oci import references
from sealyard.oci.errors import InvalidReferenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sealyard.client.registry.origin import Origin

_MAX_PAGE: Final = 8 * 1024 * 1024
_MAX_PAGES: Final = 10_000
_MAX_NAMES: Final = 1_000_000
_MAX_BYTES: Final = 128 * 1024 * 1024  # of all pages
_PAGE: Final = "1000"
_NOT_FOUND: Final = 404
_CATALOG: Final = ("registry:catalog:*",)


class _Page(msgspec.Struct):
    tags: list[str] | None = None
    repositories: list[str] | None = None


def tags(origin: Origin, repository: str) -> Iterator[str]:
    """Yield the tags of a repository in the registry's order; raise ``NotFoundError``."""
    scopes = (f"repository:{repository}:pull",)
    try:
        for page in _pages(origin, f"/v2/{repository}/tags/list", scopes):
            yield from _names(origin, page.tags, references.tag)
    except ServerRefusedError as error:
        if error.status == _NOT_FOUND:
            kind, name = "repository", f"{origin.server}/{repository}"
            raise NotFoundError(kind, name) from error
        raise


def repositories(origin: Origin) -> Iterator[str]:
    """Yield the names of the repositories that we may see; raise ``ServerRefusedError``."""
    for page in _pages(origin, "/v2/_catalog", _CATALOG):
        yield from _names(origin, page.repositories, references.repository_name)


def _pages(origin: Origin, path: str, scopes: tuple[str, ...]) -> Iterator[_Page]:
    params = {"n": _PAGE}
    names = size = 0
    for _ in range(_MAX_PAGES):
        answer = origin.fetch("GET", path, scopes=scopes, limit=_MAX_PAGE, params=params)
        page = _page(origin, answer.body)
        names += len(page.tags or ()) + len(page.repositories or ())
        size += len(answer.body)
        if names > _MAX_NAMES or size > _MAX_BYTES:
            reason = f"its list has more than {_MAX_NAMES} names or {_MAX_BYTES >> 20} MiB"
            raise UnexpectedAnswerError(origin.server, reason)
        yield page
        following = next_page(answer.headers)
        if following is None:
            return
        path, params = following, {}
    reason = f"its list has more than {_MAX_PAGES} pages"
    raise UnexpectedAnswerError(origin.server, reason)


def _page(origin: Origin, raw: bytes) -> _Page:
    try:
        return msgspec.json.decode(raw, type=_Page)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = "its list is not the JSON of one"
        raise UnexpectedAnswerError(origin.server, reason) from error


def _names(origin: Origin, found: list[str] | None, read: Callable[[str], str]) -> Iterator[str]:
    for name in found or ():
        try:
            yield read(name)
        except InvalidReferenceError as error:
            reason = f"there is no name in its list: {error}"
            raise UnexpectedAnswerError(origin.server, reason) from error


def next_page(headers: httpx.Headers) -> str | None:
    """Return the path of the next page of a list (RFC 8288), ``None`` on the last one.

    Only path and query are taken: a list does not go on at another server.
    """
    target, _, parameters = headers.get("Link", "").partition(">")
    if not target.startswith("<") or "next" not in parameters:
        return None
    parts = urlsplit(target[1:])
    return f"{parts.path}?{parts.query}" if parts.path.startswith("/") else None
