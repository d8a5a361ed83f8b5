"""How an origin signs its requests: learns the challenge, gets tokens, keeps them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sealyard.client.registry import challenge as challenges
from sealyard.client.registry.tokens import TokenCache, basic, read_token, token_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sealyard.client.registry.challenge import Challenge
    from sealyard.client.registry.docker_config import Credential
    from sealyard.client.registry.tokens import TokenRequest


class Authorization:
    """The value of ``Authorization`` for requests with given scopes. For several threads.

    ``credential`` finds out who we are, ``ask`` sends a request to a token service and returns the
    body of its answer, which is there before a deadline, ``now`` is the clock of that, in seconds.
    """

    def __init__(
        self,
        credential: Callable[[], Credential | None],
        ask: Callable[[TokenRequest, float], bytes],
        now: Callable[[], float],
    ) -> None:
        self._credential = credential
        self._ask = ask
        self._now = now
        self._tokens = TokenCache()
        self._challenge: Challenge | None = None
        self._lock = threading.Lock()

    def learn(self, headers: Iterable[str]) -> bool:
        """Take the challenge of an answer; tell whether it is one that we can answer."""
        found = challenges.best(challenges.parse(headers))
        if found is not None:
            self._challenge = found
        return found is not None

    def header(self, scopes: tuple[str, ...], deadline: float) -> str | None:
        """Return the header for a request, ``None`` if nothing is to be sent."""
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme == challenges.BASIC:
            credential = self._credential()
            known = credential is not None and bool(credential.password)
            return basic(credential) if credential is not None and known else None
        return f"Bearer {self._token(challenge, scopes, deadline)}"

    def reject(self, header: str) -> None:
        """Forget a token that the server did not take."""
        self._tokens.forget(header.removeprefix("Bearer "))

    def _token(self, challenge: Challenge, scopes: tuple[str, ...], deadline: float) -> str:
        # Whoever comes second waits for the first one's token instead of asking for another.
        with self._lock:
            kept = self._tokens.find(scopes, self._now())
            if kept is not None:
                return kept
            asked_at = self._now()
            request = token_request(challenge, self._credential(), scopes)
            token = read_token(challenge.realm, self._ask(request, deadline))
            self._tokens.keep(scopes, token, asked_at)
            return token.value
