"""Who calls the management doors: the bearer of a management token that was made for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jwt

from sealyard.access.errors import InvalidTokenError

if TYPE_CHECKING:
    from starlette.requests import Request

    from sealyard.access.caller import Caller
    from sealyard.api.origins import Origins
    from sealyard.services.directory.authentication import Authenticator

# The audience of the token that az exchanges for a registry's refresh token (`az acr login`). It
# is the same for every registry of the world, so az hands such a token to whichever server it
# talks to: one that leaks that way must not open the management doors.
REGISTRY_AUDIENCE: Final = "https://containerregistry.azure.net"
GRAPH_PATH: Final = "/graph"


def normal_audience(text: str) -> str:
    """Return an audience without what clients add to it: ``/.default`` and slashes at its end."""
    return text.strip().removesuffix(".default").rstrip("/").lower()


def management_audiences(origins: Origins) -> frozenset[str]:
    """Return the audiences for which a token opens the management doors."""
    return frozenset({*origins.urls, *(url + GRAPH_PATH for url in origins.urls)})


class ManagementCallers:
    """Finds the caller of a request; nobody is let in without a token."""

    def __init__(self, authenticator: Authenticator, origins: Origins) -> None:
        self._authenticator = authenticator
        self._audiences = management_audiences(origins)

    async def caller(self, request: Request) -> Caller:
        """Return who asks; raise ``InvalidTokenError`` or ``TooManyRequestsError``."""
        sent = request.headers.get("authorization")
        if sent is None:
            reason = "none was sent"
            raise InvalidTokenError(reason)
        caller = await self._authenticator.caller(sent.encode("latin-1"), address_of(request))
        # The signature was verified just now: only which audience it was made for is left to read.
        payload = jwt.decode(sent.partition(" ")[2].strip(), options={"verify_signature": False})
        if normal_audience(str(payload.get("aud", ""))) not in self._audiences:
            reason = "it was made for another audience"
            raise InvalidTokenError(reason)
        return caller


def address_of(request: Request) -> str:
    """Return the peer's address, ``-`` where the socket has none."""
    return request.client.host if request.client is not None else "-"
