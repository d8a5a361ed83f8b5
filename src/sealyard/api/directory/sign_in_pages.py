"""The two pages on which people sign in: for a device elsewhere, and for a program here.

    GET, POST  /device                        enter the code that a device shows (RFC 8628, 3.3)
    GET, POST  /{tenant}/oauth2/authorize     sign in for a program on this machine (RFC 8252)

A page keeps no session: name and password come with the form that they are for, so there is
nothing that another site could use in somebody's name. Programs get their answer at loopback
addresses only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse
from starlette.routing import Route

from sealyard.access.errors import AccessError, InvalidCredentialsError
from sealyard.api.bodies import form_body
from sealyard.api.directory.html import page, static_routes
from sealyard.api.management_callers import address_of
from sealyard.errors import SealyardError, TooManyRequestsError
from sealyard.services.directory.code_sign_in import CodeRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from sealyard.api.directory.sign_in import SignInDoor
    from sealyard.services.directory.management_sign_in import ManagementSignIn
    from sealyard.services.policy.properties import RegistryProperties

    Endpoint = Callable[[Request], Awaitable[Response]]

# Programs that may ask, by the id that they send; they run on the person's own machine.
CLIENTS: Final = {
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "The Azure CLI (az)",
    "sealyard": "The command sealyard",
}
_REDIRECT = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\]):\d{1,5}(?:/[\w./-]{0,100})?")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_STATE: Final = 2048
_KEPT: Final = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
    "code_challenge", "code_challenge_method",
)  # fmt: skip


class PageRequestError(SealyardError):
    """A program asks for a sign-in in a way that cannot be answered."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A program's question, checked; ``fields`` are those that the form carries along."""

    request: CodeRequest
    state: str
    is_posted: bool
    fields: tuple[tuple[str, str], ...]
    login_hint: str

    @property
    def origin(self) -> str:
        """Where the answer goes."""
        parts = urlsplit(self.request.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


class SignInPages:
    """Shows the pages, and takes what people enter."""

    def __init__(
        self, sign_in: ManagementSignIn, properties: RegistryProperties, door: SignInDoor
    ) -> None:
        self._sign_in = sign_in
        self._properties = properties
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes."""
        found = static_routes()
        for path, show, take in (
            ("/device", self.device, self.decide),
            ("/{tenant}/oauth2/authorize", self.authorize, self.sign_in),
            ("/{tenant}/oauth2/v2.0/authorize", self.authorize, self.sign_in),
        ):
            found += [
                Route(path, self._guarded(show), methods=["GET"]),
                Route(path, self._guarded(take), methods=["POST"]),
            ]
        return found

    async def device(self, request: Request) -> Response:
        """Ask for the code and for who it is."""
        return await self._device_page(request.query_params.get("user_code", "")[:16])

    async def decide(self, request: Request) -> Response:
        """Let the device in, or turn it away."""
        form = await form_body(request)
        code, name = form.get("user_code", "")[:64], form.get("username", "")
        allow = form.get("decision") != "deny"
        try:
            who = await self._sign_in.devices.decide(
                code, name, form.get("password", ""), address_of(request), allow=allow
            )
        except (AccessError, TooManyRequestsError) as error:
            return await self._device_page(code[:16], name[:256], error)
        if not allow:
            return await self._told("Turned away", "Nobody was signed in on that device.")
        return await self._told(
            "Signed in", f"The device acts as {who} now. You can close this page."
        )

    async def authorize(self, request: Request) -> Response:
        """Ask who it is, for a program."""
        asked = await self._asked(request, request.query_params)
        return await self._sign_in_page(request, asked, asked.login_hint)

    async def sign_in(self, request: Request) -> Response:
        """Sign in, and send the code to the program."""
        form = await form_body(request)
        asked = await self._asked(request, form)
        name = form.get("username", "")
        try:
            code = await self._sign_in.codes.issue(
                asked.request, name, form.get("password", ""), address_of(request)
            )
        except (AccessError, TooManyRequestsError) as error:
            return await self._sign_in_page(request, asked, name[:256], error)
        answer = [("code", code), ("state", asked.state)]
        if asked.is_posted:
            return page(
                "continue.html",
                sends_to=[asked.origin],
                registry=await self._registry(),
                redirect_uri=asked.request.redirect_uri,
                hidden=answer,
            )
        url = f"{asked.request.redirect_uri}?{urlencode(answer)}"
        return RedirectResponse(url, 303, {"cache-control": "no-store"})

    async def _asked(self, request: Request, fields: Mapping[str, str]) -> _Asked:
        await self._door.tenant(request)
        client, redirect = fields.get("client_id", ""), fields.get("redirect_uri", "")
        mode, state = fields.get("response_mode", "query"), fields.get("state", "")
        method, challenge = fields.get("code_challenge_method"), fields.get("code_challenge", "")
        nonce = fields.get("nonce", "")
        _require(client in CLIENTS, "the program that asks is not known here")
        _require(
            _REDIRECT.fullmatch(redirect) is not None,
            "the answer is to go to an address that is not on this machine",
        )
        _require(fields.get("response_type") == "code", "it asks for something else than a code")
        _require(
            method == "S256" and _CHALLENGE.fullmatch(challenge) is not None,
            "it does not prove who it is (PKCE with S256)",
        )
        _require(mode in {"query", "form_post"}, "it wants the answer in a way that is not known")
        _require(len(state) <= _MAX_STATE and len(nonce) <= _MAX_STATE, "it sends too much along")
        scope = self._door.scope(dict(fields), request)
        kept = tuple((name, fields[name]) for name in _KEPT if name in fields)
        hint = fields.get("login_hint", "")[:256]
        wanted = CodeRequest(client, redirect, challenge, scope, nonce)
        return _Asked(wanted, state, mode == "form_post", kept, hint)

    async def _sign_in_page(
        self, request: Request, asked: _Asked, name: str, error: SealyardError | None = None
    ) -> Response:
        return page(
            "sign_in.html",
            _status(error),
            sends_to=[asked.origin],  # a browser follows a form's redirect only where it may go
            registry=await self._registry(),
            client=CLIENTS[asked.request.client_id],
            asked=asked.request,
            action=request.url.path,
            hidden=asked.fields,
            username=name,
            wrong="" if error is None else _sentence(error),
        )

    async def _device_page(
        self, code: str, name: str = "", error: SealyardError | None = None
    ) -> Response:
        return page(
            "device.html",
            _status(error),
            registry=await self._registry(),
            user_code=code,
            username=name,
            wrong="" if error is None else _sentence(error),
        )

    async def _told(self, title: str, text: str, status: int = 200) -> Response:
        registry = await self._registry()
        return page("told.html", status, registry=registry, title=title, text=text)

    async def _registry(self) -> str:
        return (await self._properties.record()).name

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def run(request: Request) -> Response:
            try:
                return await endpoint(request)
            except SealyardError as error:
                return await self._told("That does not work", _sentence(error), 400)

        return run


def _require(condition: bool, reason: str) -> None:  # noqa: FBT001 (what has to be so)
    if not condition:
        message = f"{reason}; start the sign-in anew from the program"
        raise PageRequestError(message)


def _status(error: SealyardError | None) -> int:
    if error is None:
        return 200
    return 429 if isinstance(error, TooManyRequestsError) else 403


def _sentence(error: SealyardError) -> str:
    """Return a message as a sentence; people who sign in on a page have no appId."""
    if isinstance(error, InvalidCredentialsError):
        return "The user name or the password is wrong."
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
