"""Who we are at a registry: by docker's configuration, else by `sealyard login`, else nobody."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from sealyard.client.errors import NotSignedInError, UnexpectedAnswerError
from sealyard.client.registry import credential_helper
from sealyard.client.registry.docker_config import Credential, key_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import httpx

    from sealyard.client.management.profile import ProfileStore
    from sealyard.client.registry.docker_config import DockerConfig

_EXCHANGE_PATH = "/oauth2/exchange"


class CredentialSource(Protocol):
    """Something that may know who we are at a host."""

    def __call__(self, host: str) -> Credential | None:
        """Return the credential for ``host[:port]``, ``None`` if there is none here."""
        ...


class FromDocker:
    """What docker knows: its helper for the host, else its file."""

    def __init__(
        self,
        config: DockerConfig,
        ask: Callable[[str, str], Credential | None] = credential_helper.ask,
    ) -> None:
        self._config = config
        self._ask = ask

    def __call__(self, host: str) -> Credential | None:
        """Return docker's credential for a host; raise ``CredentialHelperError``."""
        helper = self._config.helper(host)
        found = self._ask(helper, key_of(host)) if helper else None
        return found or self._config.credentials.get(host)


class FromSignIn:
    """What `sealyard login` remembered, exchanged for a token of the registry's."""

    def __init__(
        self,
        store: ProfileStore,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._transport = transport

    def __call__(self, host: str) -> Credential | None:
        """Return an identity token if who is signed in is so at that host; raise ``ClientError``.

        A sign-in that has ended is one: to go on as nobody would hide it.
        """
        try:
            profile = self._store.load()
        except NotSignedInError:
            return None
        if urlsplit(profile.server).netloc != host:
            return None
        from sealyard.client.management.session import Session  # noqa: PLC0415 (only where it is used: a start is to be quick)

        form = {"grant_type": "access_token", "service": host}
        with Session(self._store, self._clock, self._transport) as session:
            form["access_token"] = session.registry_token()
            answer = session.connection.json("POST", _EXCHANGE_PATH, data=form)
        token = answer.get("refresh_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            reason = "there is no token in its answer"
            raise UnexpectedAnswerError(host, reason)
        return Credential("", identity_token=token)


class Credentials:
    """The first of several sources that knows; asked once for each host. For several threads."""

    def __init__(self, *sources: CredentialSource) -> None:
        self._sources = sources
        self._known: dict[str, Credential | None] = {}
        self._lock = threading.Lock()

    def __call__(self, host: str) -> Credential | None:
        """Return the credential for ``host[:port]``, ``None`` for nobody; raise ``ClientError``."""
        with self._lock:
            if host not in self._known:
                answers = (source(host) for source in self._sources)
                self._known[host] = next((one for one in answers if one is not None), None)
            return self._known[host]
