"""``/oauth2/token`` and ``/oauth2/exchange``.

    GET  /oauth2/token      docker, containerd, skopeo, notary: Basic, or nobody at all
    POST /oauth2/token      docker with an identity token, az: a grant in a form
    POST /oauth2/exchange   az acr login: a management token for a refresh token

Nobody is refused a token for what it may not do: it gets one that does not carry it, and the
registry refuses (Docker token specification, "Requesting a Token"). That also is what the notary
client needs, whose reads ask anonymously first and end at a 401 of this endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from sealyard.access.principals import PrincipalKind
from sealyard.access.scopes import requested
from sealyard.access.tokens import TokenUse
from sealyard.api.tokens.forms import Form, read_form, read_query
from sealyard.api.tokens.wire import InvalidRequestError, exchange_reply, refusal, token_reply
from sealyard.errors import SealyardError
from sealyard.services.directory.authentication import REFRESH_TOKEN_USER, basic, parse_basic

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from sealyard.services.directory.authentication import Authenticator
    from sealyard.services.directory.evidence import Standing
    from sealyard.services.directory.token_issue import TokenService

_STAYING: Final = {PrincipalKind.USER, PrincipalKind.SERVICE_PRINCIPAL}
_EXCHANGEABLE: Final = {"access_token", "access_token_refresh_token"}


@dataclass(frozen=True, slots=True)
class TokenDoor:
    """What the endpoint needs.

    ``login_servers`` are the names that the registry goes by, its own first; ``name_prefixes``
    those and further prefixes of host-qualified repository names, each with its slash.
    """

    registry: Authenticator
    management: Authenticator
    tokens: TokenService
    login_servers: tuple[str, ...]
    name_prefixes: tuple[str, ...]

    async def get(self, request: Request) -> Response:
        """Answer docker's way of asking."""
        query = read_query(request)
        authorization = _authorization(request)
        address = _address(request)
        if authorization is not None and authorization[:6].lower() != b"basic ":
            # A token that could ask for the next one would never end.
            reason = "sign in with a name and a password, or ask without credentials"
            raise InvalidRequestError(reason)
        standing = await self.registry.standing(authorization, address)
        refresh_token = None
        if (
            authorization is not None
            and query.get("offline_token") == "true"
            and _may_stay(standing)
        ):
            name, secret = parse_basic(authorization[6:].strip())
            refresh_token = (
                secret if name == REFRESH_TOKEN_USER else await self._kept_login(standing)
            )
        return await self._reply(standing, query, refresh_token)

    async def post(self, request: Request) -> Response:
        """Answer OAuth 2.0's ways of asking."""
        form = await read_form(request)
        address = _address(request)
        grant, refresh_token = form.need("grant_type"), None
        if grant == "password":
            credentials = basic(form.need("username"), form.need("password"))
            standing = await self.registry.standing(credentials, address)
            if form.get("access_type") == "offline" and _may_stay(standing):
                refresh_token = await self._kept_login(standing)
        elif grant == "refresh_token":
            credentials = basic(REFRESH_TOKEN_USER, form.need("refresh_token"))
            standing = await self.registry.standing(credentials, address)
        elif grant == "access_token":
            standing = await self._of_management_token(form, address)
        else:
            reason = "the grant_type is none of password, refresh_token and access_token"
            raise InvalidRequestError(reason)
        return await self._reply(standing, form, refresh_token)

    async def exchange(self, request: Request) -> Response:
        """Answer `az acr login`."""
        form = await read_form(request)
        if form.need("grant_type") not in _EXCHANGEABLE:
            reason = "the grant_type is not access_token"
            raise InvalidRequestError(reason)
        standing = await self._of_management_token(form, _address(request))
        lifetime = self.tokens.lifetimes.exchange
        return exchange_reply(
            await self.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)
        )

    async def _of_management_token(self, form: Form, address: str) -> Standing:
        header = b"Bearer " + form.need("access_token").encode()
        return await self.management.standing(header, address)

    async def _kept_login(self, standing: Standing) -> str:
        lifetime = self.tokens.lifetimes.refresh
        return await self.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)

    async def _reply(self, standing: Standing, form: Form, refresh_token: str | None) -> Response:
        asked = requested(form.all("scope"), self.name_prefixes)
        service = form.get("service").lower()
        audience = service if service in self.login_servers else self.login_servers[0]
        issued = await self.tokens.registry_token(standing, asked, audience)
        return token_reply(issued, refresh_token)


def routes(door: TokenDoor) -> list[Route]:
    """Make the routes."""
    return [
        Route("/oauth2/token", _refusing(door.get), methods=["GET"]),
        Route("/oauth2/token", _refusing(door.post), methods=["POST"]),
        Route("/oauth2/exchange", _refusing(door.exchange), methods=["POST"]),
    ]


def _refusing(
    handler: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except SealyardError as error:
            return refusal(error)

    return answer


def _may_stay(standing: Standing) -> bool:
    """Tell whether a login may be kept as a refresh token.

    Scoped tokens and the admin user have two passwords so that one can be replaced while the other
    works on; a refresh token would forget which of the two it came from.
    """
    return standing.identity.principal.kind in _STAYING


def _authorization(request: Request) -> bytes | None:
    value = request.headers.get("authorization")
    return None if value is None else value.encode("latin-1")


def _address(request: Request) -> str:
    return "-" if request.client is None else request.client.host
