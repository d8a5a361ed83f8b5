"""Signing in to the management API: OAuth 2.0 as `az login` and `sealyard login` speak it.

    GET  /adfs/.well-known/openid-configuration    where the endpoints are
    POST /adfs/oauth2/token                        password, client_credentials, refresh_token

The same under ``/<tenant id>``, ``/common`` and ``/organizations``, with and without ``/v2.0``.
A token is made for one audience, and only for one of ours: a token for somebody else's service
would let that service act here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.access.errors import InvalidCredentialsError
from sealyard.api.bodies import form_body
from sealyard.api.directory.wire import OAuthRequestError, json_answer, sign_in_route
from sealyard.api.management_callers import (
    REGISTRY_AUDIENCE,
    address_of,
    management_audiences,
    normal_audience,
)
from sealyard.services.directory.management_sign_in import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from sealyard.api.origins import Origins
    from sealyard.services.directory.management_sign_in import ManagementSignIn, ManagementTokens
    from sealyard.services.policy.properties import RegistryProperties

_EVERY_TENANT: Final = frozenset({"adfs", "common", "organizations"})
# What a client may ask for besides an audience; none of it changes what it gets.
_OPENID_SCOPES: Final = frozenset({"openid", "profile", "email", "offline_access"})
_MAX_SHOWN: Final = 64


class SignInDoor:
    """Gives tokens of the management API."""

    def __init__(
        self, sign_in: ManagementSignIn, properties: RegistryProperties, origins: Origins
    ) -> None:
        self._sign_in = sign_in
        self._properties = properties
        self._origins = origins
        self._audiences = management_audiences(origins) | {REGISTRY_AUDIENCE}

    def routes(self) -> list[Route]:
        """Return the routes."""
        configuration = "/.well-known/openid-configuration"
        return [
            sign_in_route("GET", "/{tenant}" + configuration, self.configuration),
            sign_in_route("GET", "/{tenant}/v2.0" + configuration, self.configuration),
            sign_in_route("POST", "/{tenant}/oauth2/token", self.token),
            sign_in_route("POST", "/{tenant}/oauth2/v2.0/token", self.token),
        ]

    async def configuration(self, request: Request) -> Response:
        """Say where the endpoints are (OpenID Connect Discovery 1.0)."""
        tenant = await self._tenant(request)
        base = f"{self._origins.url(request.headers.get('host'))}/{tenant}"
        return json_answer(
            {
                "issuer": base,
                # Both have to be there for MSAL, and the token endpoint's first segment is what
                # it takes for the tenant.
                "authorization_endpoint": f"{base}/oauth2/authorize",
                "token_endpoint": f"{base}/oauth2/token",
                "response_types_supported": ["code"],
                "grant_types_supported": ["password", "client_credentials", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def token(self, request: Request) -> Response:
        """Give tokens for a grant; raise an ``AccessError`` or ``OAuthRequestError``."""
        await self._tenant(request)
        form = await form_body(request)
        scope = self._scope(form, request)
        asked = Asked(normal_audience(scope), form.get("client_id", ""))
        tokens = await self._granted(form, asked, address_of(request))
        return json_answer(_token_answer(tokens, scope))

    async def _granted(
        self, form: Mapping[str, str], asked: Asked, address: str
    ) -> ManagementTokens:
        grant = form.get("grant_type", "")
        if grant == "password":
            name, password = _need(form, "username"), _need(form, "password")
            return await self._sign_in.sign_in_password(name, password, asked, address)
        if grant == "refresh_token":
            return await self._sign_in.refresh(_need(form, "refresh_token"), asked)
        if grant == "client_credentials":
            app_id, secret = _need(form, "client_id"), _need(form, "client_secret")
            try:
                return await self._sign_in.sign_in_client(app_id, secret, asked, address)
            except InvalidCredentialsError as error:
                # RFC 6749, 5.2: 401, which MSAL does not keep for a minute as it does a 400.
                code = "invalid_client"
                raise OAuthRequestError(code, str(error)) from error
        code, reason = "unsupported_grant_type", f"the grant {grant[:_MAX_SHOWN]!r} is not known"
        raise OAuthRequestError(code, reason)

    async def _tenant(self, request: Request) -> str:
        """Return the first segment of the path if it is a tenant of ours."""
        asked = str(request.path_params["tenant"])
        record = await self._properties.record()
        if asked.lower() not in _EVERY_TENANT and asked.lower() != record.tenant_id:
            code, reason = "invalid_request", f"there is no tenant {asked[:_MAX_SHOWN]!r} here"
            raise OAuthRequestError(code, reason)
        return asked

    def _scope(self, form: Mapping[str, str], request: Request) -> str:
        """Return the one scope that is asked for, or its older form, the resource."""
        words = [word for word in form.get("scope", "").split() if word not in _OPENID_SCOPES]
        if form.get("resource"):
            words.append(form["resource"])
        if not words:
            words = [f"{self._origins.url(request.headers.get('host'))}/.default"]
        if len(words) > 1 or normal_audience(words[0]) not in self._audiences:
            code = "invalid_scope"
            reason = (
                f"tokens are made for {', '.join(sorted(self._origins.urls))}, not for "
                f"{words[-1][:_MAX_SHOWN]!r}; the login servers are a setting of the server"
            )
            raise OAuthRequestError(code, reason)
        return words[0]


def _token_answer(tokens: ManagementTokens, scope: str) -> dict[str, object]:
    answer: dict[str, object] = {
        "token_type": "Bearer",
        "expires_in": tokens.access.expires_in,
        "access_token": tokens.access.token,
        "scope": scope,
    }
    if tokens.refresh_token is not None:
        answer["refresh_token"] = tokens.refresh_token
    if tokens.id_token is not None:
        answer["id_token"] = tokens.id_token
    return answer


def _need(form: Mapping[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        code, reason = "invalid_request", f"the field {name} is missing"
        raise OAuthRequestError(code, reason)
    return value
