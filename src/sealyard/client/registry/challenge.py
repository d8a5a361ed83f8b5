"""``WWW-Authenticate``: how a server says where and how to sign in (RFC 9110, 11.6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BEARER: Final = "bearer"
BASIC: Final = "basic"
_MAX_HEADER: Final = 8192
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_SCHEME = re.compile(rf"\s*,?\s*({_WORD})(?=\s|$|,)(?!\s*=)")
_PARAMETER = re.compile(rf'\s*,?\s*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to sign in: ``scheme`` and the names of ``parameters`` are in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        """Where tokens come from; for Basic only a text."""
        return self.parameters.get("realm", "")

    @property
    def service(self) -> str:
        """Whom a token is for."""
        return self.parameters.get("service", "")

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a token has to allow for the request that was refused."""
        return tuple(self.parameters.get("scope", "").split())


def parse(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Read the challenges of an answer; what cannot be read is left out."""
    return tuple(challenge for header in headers for challenge in _of(header[:_MAX_HEADER]))


def best(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the one that we would answer: Bearer before Basic, else none."""
    found = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
    bearer = found.get(BEARER)
    return bearer if bearer is not None and bearer.realm else found.get(BASIC)


def _of(header: str) -> list[Challenge]:
    challenges, position = [], 0
    while (scheme := _SCHEME.match(header, position)) is not None:
        parameters: dict[str, str] = {}
        position = scheme.end()
        while (found := _PARAMETER.match(header, position)) is not None:
            quoted, bare = found[2], found[3]
            value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare
            parameters.setdefault(found[1].lower(), value)
            position = found.end()
        challenges.append(Challenge(scheme[1].lower(), parameters))
    return challenges
