"""Signing in to the management API: OAuth 2.0 as `az login` and `sealyard login` speak it.

    GET  /adfs/.well-known/openid-configuration    where the endpoints are
    POST /adfs/oauth2/token                        a token for what is shown: see ``_grants``
    POST /adfs/oauth2/devicecode                   begin the sign-in of a device (RFC 8628)
    POST /adfs/oauth2/revoke                       end a sign-in (RFC 7009)

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
from sealyard.services.directory.device_sign_in import INTERVAL, DeviceSignInError
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
_DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


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
            sign_in_route("POST", "/{tenant}/oauth2/devicecode", self.device_code),
            sign_in_route("POST", "/{tenant}/oauth2/v2.0/devicecode", self.device_code),
            sign_in_route("POST", "/{tenant}/oauth2/revoke", self.revoke),
        ]

    async def configuration(self, request: Request) -> Response:
        """Say where the endpoints are (OpenID Connect Discovery 1.0)."""
        tenant = await self.tenant(request)
        base = f"{self._origins.url(request.headers.get('host'))}/{tenant}"
        return json_answer(
            {
                "issuer": base,
                # Both have to be there for MSAL, and the token endpoint's first segment is what
                # it takes for the tenant.
                "authorization_endpoint": f"{base}/oauth2/authorize",
                "token_endpoint": f"{base}/oauth2/token",
                "device_authorization_endpoint": f"{base}/oauth2/devicecode",
                "revocation_endpoint": f"{base}/oauth2/revoke",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query", "form_post"],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": [
                    "password",
                    "client_credentials",
                    "refresh_token",
                    "authorization_code",
                    _DEVICE_CODE,
                ],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def token(self, request: Request) -> Response:
        """Give tokens for a grant; raise an ``AccessError`` or ``OAuthRequestError``."""
        await self.tenant(request)
        form = await form_body(request)
        grant = form.get("grant_type", "")
        if grant == _DEVICE_CODE:
            return await self._of_device(form)
        if grant == "authorization_code":
            return await self._of_code(form)
        scope = self.scope(form, request)
        asked = Asked(normal_audience(scope), form.get("client_id", ""))
        tokens = await self._granted(form, asked, request)
        return json_answer(_token_answer(tokens, scope))

    async def device_code(self, request: Request) -> Response:
        """Begin the sign-in of a device; somebody has to enter the code on our page."""
        await self.tenant(request)
        form = await form_body(request)
        scope = self.scope(form, request)
        started = await self._sign_in.devices.start(
            _need(form, "client_id")[:_MAX_SHOWN], scope, address_of(request)
        )
        page = f"{self._origins.url(request.headers.get('host'))}/device"
        return json_answer(
            {
                "device_code": started.device_code,
                "user_code": started.user_code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={started.user_code}",
                "expires_in": started.seconds,
                "interval": INTERVAL,
                "message": f"To sign in, open {page} in a browser and enter {started.user_code}.",
            }
        )

    async def revoke(self, request: Request) -> Response:
        """End a sign-in; a token that is worthless already is no error (RFC 7009, 2.2)."""
        await self.tenant(request)
        await self._sign_in.revoke(_need(await form_body(request), "token"))
        return json_answer({})

    async def _of_device(self, form: Mapping[str, str]) -> Response:
        try:
            granted = await self._sign_in.devices.poll(_need(form, "device_code"))
        except DeviceSignInError as error:
            raise OAuthRequestError(error.code, str(error)) from error
        if granted.client_id != form.get("client_id", "")[:_MAX_SHOWN]:
            code, reason = "invalid_grant", "the code was given to another program"
            raise OAuthRequestError(code, reason)
        asked = Asked(normal_audience(granted.scope), granted.client_id)
        tokens = await self._sign_in.complete(granted.evidence, asked)
        return json_answer(_token_answer(tokens, granted.scope))

    async def _of_code(self, form: Mapping[str, str]) -> Response:
        granted = await self._sign_in.codes.redeem(
            _need(form, "code"),
            client_id=form.get("client_id", ""),
            redirect_uri=form.get("redirect_uri", ""),
            verifier=_need(form, "code_verifier"),
        )
        asked = Asked(normal_audience(granted.scope), granted.client_id)
        tokens = await self._sign_in.complete(granted.evidence, asked, granted.nonce)
        return json_answer(_token_answer(tokens, granted.scope))

    async def _granted(
        self, form: Mapping[str, str], asked: Asked, request: Request
    ) -> ManagementTokens:
        grant, address = form.get("grant_type", ""), address_of(request)
        if grant == "password":
            name, password = _need(form, "username"), _need(form, "password")
            return await self._sign_in.sign_in_password(name, password, asked, address)
        if grant == "refresh_token":
            return await self._sign_in.refresh(_need(form, "refresh_token"), asked)
        if grant == "client_credentials":
            try:
                return await self._client(form, asked, address)
            except InvalidCredentialsError as error:
                # RFC 6749, 5.2: 401, which MSAL does not keep for a minute as it does a 400.
                code = "invalid_client"
                raise OAuthRequestError(code, str(error)) from error
        code, reason = "unsupported_grant_type", f"the grant {grant[:_MAX_SHOWN]!r} is not known"
        raise OAuthRequestError(code, reason)

    async def _client(
        self, form: Mapping[str, str], asked: Asked, address: str
    ) -> ManagementTokens:
        app_id, assertion = _need(form, "client_id"), form.get("client_assertion", "")
        if not assertion:
            secret = _need(form, "client_secret")
            return await self._sign_in.sign_in_client(app_id, secret, asked, address)
        if form.get("client_assertion_type") != _ASSERTION:
            code, reason = "invalid_request", f"the client_assertion_type is not {_ASSERTION}"
            raise OAuthRequestError(code, reason)
        record = await self._properties.record()
        tenants = (*_EVERY_TENANT, record.tenant_id)
        ours = {
            f"{url}/{tenant}/oauth2{version}/token"
            for url in self._origins.urls
            for tenant in tenants
            for version in ("", "/v2.0")
        }
        return await self._sign_in.sign_in_assertion(app_id, assertion, asked, ours)

    async def tenant(self, request: Request) -> str:
        """Return the first segment of the path if it is a tenant of ours."""
        asked = str(request.path_params["tenant"])
        record = await self._properties.record()
        if asked.lower() not in _EVERY_TENANT and asked.lower() != record.tenant_id:
            code, reason = "invalid_request", f"there is no tenant {asked[:_MAX_SHOWN]!r} here"
            raise OAuthRequestError(code, reason)
        return asked

    def scope(self, form: Mapping[str, str], request: Request) -> str:
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
