"""How a refused client learns where to sign in: the ``WWW-Authenticate`` of the data plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.access.errors import InsufficientScopeError, InvalidTokenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sealyard.access.errors import AccessError
    from sealyard.api.http import Request


class Challenges:
    """Challenges of one registry, which may be reached under several login servers."""

    def __init__(self, login_servers: Sequence[str], *, tls: bool) -> None:
        self._known = {name.lower().encode(): name for name in login_servers}
        self._first = login_servers[0]
        self._tls = tls

    def header(
        self, request: Request, error: AccessError | None = None, scope: str = ""
    ) -> tuple[bytes, bytes]:
        """Return the header that sends the client to the token service for ``scope``.

        No space follows a comma: ``az`` splits there and takes the space for a part of the name.
        """
        host = self._known.get((request.header(b"host") or b"").lower(), self._first)
        text = f'Bearer realm="{self._scheme(request)}://{host}/oauth2/token",service="{host}"'
        if scope:
            text += f',scope="{scope}"'
        if isinstance(error, InsufficientScopeError):
            text += ',error="insufficient_scope"'  # RFC 6750, section 3.1
        elif isinstance(error, InvalidTokenError):
            text += ',error="invalid_token"'
        return (b"www-authenticate", text.encode("latin-1"))

    def _scheme(self, request: Request) -> str:
        if self._tls or request.header(b"x-forwarded-proto") == b"https":
            return "https"
        return "http"
