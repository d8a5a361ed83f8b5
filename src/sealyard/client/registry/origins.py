"""The origins that one client talks to, each made once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import httpx

from sealyard.client.registry.errors import PlainHttpError
from sealyard.client.registry.origin import Origin, unheard
from sealyard.client.registry.requests import Network
from sealyard.client.registry.transport import StreamTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from sealyard.client.registry.credentials import CredentialSource
    from sealyard.client.registry.tls import Certificates

_DOCKER_HUB: Final = "docker.io"
_DOCKER_HUB_REGISTRY: Final = "registry-1.docker.io"
_DOCKER_HUB_TRUST: Final = "https://notary.docker.io"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Origins:
    """Registries and trust servers by the host that images name. For several threads.

    ``trust_server`` serves the trust data of every image, as docker has it; without one each
    registry serves its own. ``plain_http`` are hosts of this machine that have no TLS.
    ``notice`` is told where credentials go besides. ``transport`` takes the network's place in
    tests, ``network`` the time as well.
    """

    def __init__(  # noqa: PLR0913 (what the environment has to say, and what tests replace)
        self,
        certificates: Certificates,
        credentials: CredentialSource,
        *,
        trust_server: str | None = None,
        plain_http: frozenset[str] = frozenset(),
        notice: Callable[[str], None] = unheard,
        transport: httpx.BaseTransport | None = None,
        network: Network | None = None,
    ) -> None:
        for host in plain_http:
            if host.rpartition(":")[0] not in _LOOPBACK and host not in _LOOPBACK:
                raise PlainHttpError(host)
        self._certificates = certificates
        self._credentials = credentials
        self._trust_server = trust_server
        self._plain_http = plain_http
        self._notice = notice
        self._network = network or Network(transport or StreamTransport(self._context))
        self._made: dict[tuple[str, str], Origin] = {}
        self._contexts: dict[tuple[str, bool], ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def registry(self, host: str) -> Origin:
        """Return the origin of the registry that images of ``host`` are in."""
        server = _DOCKER_HUB_REGISTRY if host == _DOCKER_HUB else host
        scheme = "http" if host in self._plain_http else "https"
        return self._origin(f"{scheme}://{server}", host)

    def trust(self, image_host: str) -> Origin:
        """Return the origin of the trust data for images of a host, with that host's credentials.

        Trust data never crosses plain http, also on this machine: docker has no switch for it.
        """
        if self._trust_server is not None:
            return self._origin(self._trust_server, image_host)
        if image_host == _DOCKER_HUB:
            return self._origin(_DOCKER_HUB_TRUST, image_host)
        return self._origin(f"https://{image_host}", image_host)

    def close(self) -> None:
        """Close the connections that wait for a next request."""
        self._network.transport.close()

    def _origin(self, url: str, host: str) -> Origin:
        with self._lock:
            if (url, host) not in self._made:
                place = self._certificates.place_for(url.rpartition("://")[2].partition("/")[0])
                self._made[url, host] = Origin(
                    url, self._network, lambda: self._credentials(host), place, self._notice
                )
            return self._made[url, host]

    def _context(self, host: str) -> ssl.SSLContext:
        """Return the context for connections to a host, made once; raise as ``Certificates``."""
        name = httpx.URL(f"https://{host}").host  # on whichever port
        with self._lock:
            is_named = any(origin.url.host == name for origin in self._made.values())
            if (host, is_named) not in self._contexts:
                made = self._certificates.context(host, is_named=is_named)
                self._contexts[host, is_named] = made
            return self._contexts[host, is_named]
