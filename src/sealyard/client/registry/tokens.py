"""The way to a token, without a network, and the tokens that are still good.

Challenge and credential in, request out; answer in, token out. Docker's token specification and
OAuth 2.0; notary-server and every registry send there.
"""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec

from sealyard.client.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sealyard.client.registry.challenge import Challenge
    from sealyard.client.registry.docker_config import Credential

MAX_ANSWER: Final = 1024 * 1024
_CLIENT_ID: Final = "docker"  # the name under which token services know docker's kind of client
_SHORTEST_LIFE: Final = 60  # seconds; docker takes a shorter one for a mistake
_LEFT_AT_LEAST: Final = 10.0  # seconds that a token has to be good for, to be used once more


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to a token service; ``body`` is a form."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def has_credential(self) -> bool:
        """Whether it says who we are."""
        return bool(self.headers or self.body)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token service gave; ``life`` is in seconds from when it was asked."""

    value: str = field(repr=False)
    life: float


class _Answer(msgspec.Struct):
    token: str = ""
    access_token: str = ""
    expires_in: int | float | None = None


def token_request(
    challenge: Challenge, credential: Credential | None, scopes: Iterable[str]
) -> TokenRequest:
    """Return the request for a token that allows ``scopes``; without a credential, anonymous."""
    if credential is not None and credential.identity_token:
        return _refresh(challenge, credential, scopes)
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    if credential is not None:
        query.append(("account", credential.name))
        headers.append(("Authorization", basic(credential)))
    if challenge.service:
        query.append(("service", challenge.service))
    query.extend(("scope", scope) for scope in scopes)
    joint = "&" if "?" in challenge.realm else "?"
    url = challenge.realm + (joint + urlencode(query) if query else "")
    return TokenRequest("GET", url, tuple(headers))


def _refresh(challenge: Challenge, credential: Credential, scopes: Iterable[str]) -> TokenRequest:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credential.identity_token,
        "service": challenge.service,
        "client_id": _CLIENT_ID,
        "scope": " ".join(scopes),
    }
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    return TokenRequest("POST", challenge.realm, (kind,), urlencode(form).encode())


def basic(credential: Credential) -> str:
    """Return the value of ``Authorization`` for a name and a password (RFC 7617)."""
    pair = f"{credential.name}:{credential.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def read_token(server: str, body: bytes) -> Token:
    """Read the answer of the token service ``server``; raise ``UnexpectedAnswerError``."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, RecursionError):
        # Not chained and not shown: the answer may hold a token.
        reason = "its answer is not the JSON of a token"
        raise UnexpectedAnswerError(server, reason) from None
    value = answer.token or answer.access_token
    if not value or not value.isascii() or not value.isprintable():
        reason = "there is no token in its answer"
        raise UnexpectedAnswerError(server, reason)
    return Token(value, max(float(answer.expires_in or 0), _SHORTEST_LIFE))


class TokenCache:
    """Tokens that are still good, by what they allow. Shared by threads."""

    def __init__(self) -> None:
        self._kept: dict[frozenset[str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def find(self, scopes: Iterable[str], now: float) -> str | None:
        """Return a token that allows all of ``scopes`` and does not end right away."""
        wanted = _rights(scopes)
        with self._lock:
            for allowed, (value, ends) in self._kept.items():
                if wanted <= allowed and now < ends - _LEFT_AT_LEAST:
                    return value
        return None

    def keep(self, scopes: Iterable[str], token: Token, now: float) -> None:
        """Keep a token that was asked for with ``scopes`` at ``now`` (seconds of one clock)."""
        with self._lock:
            self._kept[_rights(scopes)] = (token.value, now + token.life)

    def forget(self, value: str) -> None:
        """Drop a token that a server did not take."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] != value}


def _rights(scopes: Iterable[str]) -> frozenset[str]:
    """Take scopes apart, so that a token for more also serves for less."""
    return frozenset(
        f"{subject}:{action}"
        for subject, _, actions in (scope.rpartition(":") for scope in scopes)
        for action in actions.split(",")
    )
