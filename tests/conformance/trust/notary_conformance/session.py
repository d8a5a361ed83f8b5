"""A connection to one server: routes, and whatever authentication its ping asks for.

As the clients do, the suite learns about authentication from one ``GET /v2/`` without
credentials, and asks the realm found there for a token per repository.
"""

from __future__ import annotations

import base64
import re
import ssl
import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import httpx

from notary_conformance.answer import Answer, NoAnswerError, disagree
from notary_conformance.multipart import CONTENT_TYPE, Part, body

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

PULL, PUSH, ALL = "pull", "push,pull", "*"
CATALOG = "registry:catalog:*"
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')
_SECONDS = 60.0
# Clients treat shorter lifetimes as one minute, so a token lives at least that long.
_TOKEN_SECONDS = 50.0


@dataclass(frozen=True, slots=True)
class Challenge:
    """A ``WWW-Authenticate`` header: its scheme in lower case, and its parameters."""

    scheme: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, header: str) -> Self:
        """Read the header's text."""
        scheme, _, rest = header.partition(" ")
        return cls(scheme.lower(), dict(_PARAMETER.findall(rest)))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password."""

    username: str
    password: str


@dataclass(slots=True)
class Session:
    """Requests to one server. ``challenge`` is None where nobody has to sign in."""

    client: httpx.Client
    credentials: Credentials | None = None
    challenge: Challenge | None = None
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    @classmethod
    def open(cls, server: str, ca_file: Path | None, credentials: Credentials | None) -> Self:
        """Connect and ask what authentication is wanted."""
        context = ssl.create_default_context(cafile=ca_file)
        client = httpx.Client(base_url=server.rstrip("/"), verify=context, timeout=_SECONDS)
        session = cls(client, credentials)
        ping = session.plain("GET", "/v2/")
        if ping.status == httpx.codes.UNAUTHORIZED:
            session.challenge = Challenge.parse(ping.headers.get("www-authenticate", ""))
        return session

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    def plain(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterator[bytes] | None = None,
    ) -> Answer:
        """Send a request as it is, without credentials; follow no redirect."""
        try:
            response = self.client.request(method, path, headers=headers, content=content)
        except httpx.TransportError as broken:
            raise NoAnswerError(method, path, broken) from broken
        return Answer(response.status_code, response.headers, response.content)

    def ask(
        self,
        method: str,
        path: str,
        scope: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterator[bytes] | None = None,
    ) -> Answer:
        """Send a request with what the challenge wants for ``scope``."""
        signed_in = {**(headers or {}), **self.authorization(scope)}
        return self.plain(method, path, headers=signed_in, content=content)

    def authorization(self, scope: str) -> dict[str, str]:
        """Return the header that opens ``scope``; nothing where nobody signs in."""
        if self.challenge is None:
            return {}
        if self.challenge.scheme == "basic":
            return {"Authorization": f"Basic {self._named()}"}
        token, fetched = self.tokens.get(scope, ("", -inf))
        if time.monotonic() - fetched > _TOKEN_SECONDS:
            token = self.token(scope, self.credentials)
            self.tokens[scope] = token, time.monotonic()
        return {"Authorization": f"Bearer {token}"}

    def token(self, scope: str, credentials: Credentials | None) -> str:
        """Fetch a token for ``scope``; without ``credentials`` an anonymous one."""
        answer = self.token_answer(scope, credentials)
        if answer.status != httpx.codes.OK:
            disagree(f"the token endpoint answered {answer.in_brief()}")
        reply = answer.json()
        token = reply.get("token") or reply.get("access_token")
        if not isinstance(token, str):
            disagree("the token endpoint's answer holds no token")
        return token

    def token_answer(self, scope: str, credentials: Credentials | None) -> Answer:
        """Ask the realm for ``scope`` as docker does; return whatever it says."""
        if self.challenge is None or "realm" not in self.challenge.parameters:
            disagree("the ping names no realm")
        asked = {"scope": scope, "service": self.challenge.parameters.get("service", "")}
        login = None
        if credentials is not None:
            asked["account"] = credentials.username
            login = (credentials.username, credentials.password)
        response = self.client.get(self.challenge.parameters["realm"], params=asked, auth=login)
        return Answer(response.status_code, response.headers, response.content)

    def _named(self) -> str:
        if self.credentials is None:
            disagree("the server wants credentials and none were given")
        pair = f"{self.credentials.username}:{self.credentials.password}"
        return base64.b64encode(pair.encode()).decode()


@dataclass(frozen=True, slots=True)
class Collection:
    """The trust routes of one GUN."""

    session: Session
    gun: str

    @property
    def base(self) -> str:
        """Return the path all of its routes begin with."""
        return f"/v2/{quote(self.gun, safe='/:')}/_trust"

    def scope(self, actions: str) -> str:
        """Return the scope that opens this repository for ``actions``."""
        return f"repository:{self.gun}:{actions}"

    def get(self, name: str, actions: str = PUSH) -> Answer:
        """Read ``tuf/<name>``. One token serves reading and writing, to ask for few."""
        return self.ask("GET", f"tuf/{name}", actions)

    def ask(self, method: str, path: str, actions: str) -> Answer:
        """Send a request without a body to a route under ``_trust``."""
        return self.session.ask(method, f"{self.base}/{path}", self.scope(actions))

    def ask_as_told(self, method: str, path: str, actions: str) -> Answer:
        """Send a request; if the challenge wants another scope, send it again with that.

        What is no route may want any scope: notary-server asks for the catalogue's.
        """
        answer = self.ask(method, path, actions)
        wanted = Challenge.parse(answer.headers.get("www-authenticate", "")).parameters.get("scope")
        if answer.status != httpx.codes.UNAUTHORIZED or not wanted:
            return answer
        return self.session.ask(method, f"{self.base}/{path}", wanted)

    def post(self, parts: Iterable[Part]) -> Answer:
        """Send an update."""
        return self.post_raw(body(parts))

    def post_raw(self, content: bytes, content_type: str | None = CONTENT_TYPE) -> Answer:
        """Send any bytes to the update route."""
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self.session.ask(
            "POST", f"{self.base}/tuf/", self.scope(PUSH), headers=headers, content=content
        )
