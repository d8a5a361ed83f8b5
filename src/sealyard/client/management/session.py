"""A session: signing in, and then requests with a token that is renewed when it is about to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Self

import msgspec

from sealyard.client.errors import (
    NotSignedInError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.management.connection import Connection
from sealyard.client.management.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import httpx

    from sealyard.client.management.profile import ProfileStore

USER: Final = "user"
SERVICE_PRINCIPAL: Final = "servicePrincipal"
REGISTRY_AUDIENCE: Final = "https://containerregistry.azure.net"
_TOKEN_PATH: Final = "/adfs/oauth2/token"  # noqa: S105 (a path)
_DEVICE_PATH: Final = "/adfs/oauth2/devicecode"
_REVOKE_PATH: Final = "/adfs/oauth2/revoke"
_CLIENT_ID: Final = "sealyard"
_DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWED_BY: Final = 5  # seconds (RFC 8628, 3.5)
_RENEWED_BEFORE_END: Final = 120  # seconds
_UNAUTHORIZED: Final = 401


class _Cloud(msgspec.Struct, frozen=True):
    """The part of ``/metadata/endpoints`` that is read."""

    class Authentication(msgspec.Struct, frozen=True):
        """Where tokens come from, and for what."""

        audiences: tuple[str, ...]
        tenant: str

    authentication: Authentication


class _Subscription(msgspec.Struct, frozen=True):
    """The part of a subscription that is read."""

    subscriptionId: str  # noqa: N815 (as on the wire)
    tenantId: str  # noqa: N815 (as on the wire)
    displayName: str  # noqa: N815 (as on the wire)


class _Subscriptions(msgspec.Struct, frozen=True):
    """The list of subscriptions: there is one."""

    value: Annotated[tuple[_Subscription, ...], msgspec.Meta(min_length=1)]


class _Device(msgspec.Struct, frozen=True):
    """What a device is told (RFC 8628, 3.2); the times are in seconds."""

    device_code: str
    message: str
    expires_in: Annotated[int, msgspec.Meta(ge=1, le=3600)]
    interval: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5


class Credentials(msgspec.Struct, frozen=True):
    """What somebody signs in with: a user's password or a service principal's secret."""

    name: str
    secret: str
    user_type: str = USER

    def form(self) -> dict[str, str]:
        """Return the fields of the token request (RFC 6749, 4.3 and 4.4)."""
        if self.user_type == SERVICE_PRINCIPAL:
            return {
                "grant_type": "client_credentials",
                "client_id": self.name,
                "client_secret": self.secret,
            }
        return {"grant_type": "password", "username": self.name, "password": self.secret}


def sign_in(
    connection: Connection,
    credentials: Credentials,
    clock: Callable[[], datetime],
    *,
    ca_certificates: str = "",
    tenant: str = "",
) -> Profile:
    """Sign in and return the profile of it; raise ``ServerRefusedError`` if it is refused."""
    audience = _audience(connection, tenant)
    tokens = _tokens(connection, {**credentials.form(), "scope": _scope(audience)})
    return _completed(connection, credentials, audience, tokens, clock, ca_certificates)


def sign_in_on_device(  # noqa: PLR0913 (what it needs of the terminal)
    connection: Connection,
    tell: Callable[[str], None],
    sleep: Callable[[float], None],
    clock: Callable[[], datetime],
    *,
    ca_certificates: str = "",
    tenant: str = "",
) -> Profile:
    """Sign in with a code that somebody enters on the registry's page (RFC 8628).

    ``tell`` gets the sentence with the code. Raise ``ServerRefusedError`` if the sign-in is turned
    away there, or if nobody enters the code in time.
    """
    audience = _audience(connection, tenant)
    form = {"client_id": _CLIENT_ID, "scope": _scope(audience)}
    try:
        device = msgspec.convert(connection.json("POST", _DEVICE_PATH, data=form), _Device)
    except msgspec.ValidationError as error:
        reason = "there is no code in its answer"
        raise UnexpectedAnswerError(connection.server, reason) from error
    tell(device.message)
    tokens = _awaited(connection, device, sleep)
    return _completed(connection, Credentials("", ""), audience, tokens, clock, ca_certificates)


def end_sign_in(profile: Profile, transport: httpx.BaseTransport | None = None) -> None:
    """Make what keeps ``profile`` signed in worthless (RFC 7009); raise a ``ClientError``."""
    if not profile.refresh_token:
        return
    authorities = profile.ca_certificates
    with Connection(profile.server, ca_certificates=authorities, transport=transport) as connection:
        connection.json("POST", _REVOKE_PATH, data={"token": profile.refresh_token})


def _awaited(
    connection: Connection, device: _Device, sleep: Callable[[float], None]
) -> dict[str, Any]:
    form = {
        "grant_type": _DEVICE_GRANT,
        "client_id": _CLIENT_ID,
        "device_code": device.device_code,
    }
    pause, left = device.interval, device.expires_in
    while True:
        sleep(pause)
        left -= pause
        try:
            return _tokens(connection, form)
        except ServerRefusedError as error:
            if error.code not in {"authorization_pending", "slow_down"} or left <= 0:
                raise
            pause += _SLOWED_BY if error.code == "slow_down" else 0


def _audience(connection: Connection, tenant: str) -> str:
    raw = connection.json("GET", "/metadata/endpoints")
    try:
        cloud = msgspec.convert(raw, _Cloud).authentication
        audience = cloud.audiences[0].rstrip("/")
    except (msgspec.ValidationError, IndexError) as error:
        reason = "it says nothing about signing in"
        raise UnexpectedAnswerError(connection.server, reason) from error
    if tenant and tenant.lower() != cloud.tenant.lower():
        message = f"the tenant of {connection.server} is {cloud.tenant}, not {tenant}"
        raise ServerRefusedError(400, "invalid_request", message)
    return audience


def _completed(  # noqa: PLR0913, PLR0917 (what a profile is made of)
    connection: Connection,
    credentials: Credentials,
    audience: str,
    tokens: Mapping[str, Any],
    clock: Callable[[], datetime],
    ca_certificates: str,
) -> Profile:
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    subscription = _first(connection, connection.json("GET", "/subscriptions", headers=bearer))
    name = credentials.name.lower()
    if credentials.user_type == USER:  # the short form was typed, perhaps: take the whole name
        name = connection.json("GET", "/v1.0/me", headers=bearer)["userPrincipalName"]
    return Profile(
        server=connection.server,
        user_name=name,
        user_type=credentials.user_type,
        tenant_id=subscription.tenantId,
        subscription_id=subscription.subscriptionId,
        registry_name=subscription.displayName,
        audience=audience,
        access_token=tokens["access_token"],
        expires_at=_ends(tokens, clock),
        refresh_token=tokens.get("refresh_token", ""),
        # A service principal gets no refresh token: its secret is what it signs in with again.
        client_secret=credentials.secret if credentials.user_type == SERVICE_PRINCIPAL else "",
        ca_certificates=ca_certificates,
    )


class Session:
    """Requests as somebody who is signed in."""

    def __init__(
        self,
        store: ProfileStore,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self.profile = store.load()
        self.connection = Connection(
            self.profile.server,
            ca_certificates=self.profile.ca_certificates,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.connection.__exit__(*details)

    @property
    def subscription(self) -> str:
        """The resource id of the server's one subscription."""
        return f"/subscriptions/{self.profile.subscription_id}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Any:  # noqa: ANN401 (plain JSON)
        """Send a request and return its answer; raise a ``ClientError``."""
        options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self._token()}"}}
        if params:
            options["params"] = params
        if body is not None:
            options["content"] = msgspec.json.encode(body)
            options["headers"]["Content-Type"] = "application/json"
        try:
            return self.connection.json(method, path, **options)
        except ServerRefusedError as error:
            if error.status == _UNAUTHORIZED:
                raise NotSignedInError(str(error).partition(";")[0]) from error
            raise

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Any]:
        """Yield the entries of a list, page after page."""
        page = self.ask("GET", path, params=params)
        while True:
            try:
                yield from page["value"]
                following = page.get("nextLink") or page.get("@odata.nextLink")
            except (TypeError, KeyError, AttributeError) as error:
                reason = "its list has no entries"
                raise UnexpectedAnswerError(self.profile.server, reason) from error
            if not following:
                return
            page = self.ask("GET", following)

    def registry_token(self) -> str:
        """Return a token to be exchanged for a registry's refresh token (`acr login`)."""
        return str(self._granted(REGISTRY_AUDIENCE)["access_token"])

    def _token(self) -> str:
        profile = self.profile
        if profile.expires_at - self._clock().timestamp() > _RENEWED_BEFORE_END:
            return profile.access_token
        tokens = self._granted(profile.audience)
        self.profile = msgspec.structs.replace(
            profile,
            access_token=tokens["access_token"],
            expires_at=_ends(tokens, self._clock),
            refresh_token=tokens.get("refresh_token", profile.refresh_token),
        )
        self._store.save(self.profile)
        return self.profile.access_token

    def _granted(self, audience: str) -> dict[str, Any]:
        profile = self.profile
        if profile.client_secret:
            credentials = Credentials(profile.user_name, profile.client_secret, SERVICE_PRINCIPAL)
            form = credentials.form()
        elif profile.refresh_token:
            form = {"grant_type": "refresh_token", "refresh_token": profile.refresh_token}
        else:
            reason = "the sign-in has ended"
            raise NotSignedInError(reason)
        try:
            return _tokens(self.connection, {**form, "scope": _scope(audience)})
        except ServerRefusedError as error:
            reason = "the sign-in has ended"
            raise NotSignedInError(reason) from error


def _first(connection: Connection, raw: object) -> _Subscription:
    try:
        return msgspec.convert(raw, _Subscriptions).value[0]
    except msgspec.ValidationError as error:
        reason = "it shows no registry"
        raise UnexpectedAnswerError(connection.server, reason) from error


def _scope(audience: str) -> str:
    return audience + "/.default"


def _tokens(connection: Connection, form: dict[str, str]) -> dict[str, Any]:
    tokens = connection.json("POST", _TOKEN_PATH, data=form)
    if not isinstance(tokens, dict) or not isinstance(tokens.get("access_token"), str):
        reason = "there is no token in its answer"
        raise UnexpectedAnswerError(connection.server, reason)
    return tokens


def _ends(tokens: Mapping[str, Any], clock: Callable[[], datetime]) -> int:
    lifetime = tokens.get("expires_in", 0)
    return int(clock().timestamp()) + (lifetime if isinstance(lifetime, int) else 0)
