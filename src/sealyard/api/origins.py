"""The names by which clients reach the registry, and the URLs that are built from them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origins:
    """The configured login servers (``host[:port]``); the registry calls itself by the first."""

    login_servers: tuple[str, ...]
    tls: bool = True

    def login_server(self, host: str | None) -> str:
        """Return ``host`` if it is one of the login servers, the first of them otherwise.

        A ``Host`` header is whatever the client wrote: only configured names get into an answer.
        """
        named = (host or "").lower()
        return named if named in self.login_servers else self.login_servers[0]

    def url(self, host: str | None = None) -> str:
        """Return the origin, without a slash at its end, that a client at ``host`` is to use."""
        return f"{self.scheme}://{self.login_server(host)}"

    @property
    def scheme(self) -> str:
        """``https``, or ``http`` where TLS is left to a proxy on the same machine."""
        return "https" if self.tls else "http"

    @property
    def urls(self) -> tuple[str, ...]:
        """Every origin, the first one first."""
        return tuple(f"{self.scheme}://{server}" for server in self.login_servers)
