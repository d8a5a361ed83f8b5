"""Where a Docker Engine listens, as ``DOCKER_HOST`` says it, and how it is spoken to there."""

from __future__ import annotations

import errno
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

import httpx

from sealyard.client.images.errors import EngineUnavailableError
from sealyard.client.images.unix_transport import UnixTransport

if TYPE_CHECKING:
    from pathlib import Path

_DEFAULT_PORT: Final = 2375
_DEFAULT_TLS_PORT: Final = 2376
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_WITHOUT: Final = "without an Engine, name a folder: --from oci:DIR, or --to oci:DIR"


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """A Unix socket, or a host and port with or without TLS.

    ``certificates`` is the folder of ``ca.pem``, ``cert.pem`` and ``key.pem`` for TLS, as
    ``DOCKER_CERT_PATH`` names it.
    """

    text: str
    socket: str = ""
    origin: str = "http://docker"
    certificates: Path | None = None

    @classmethod
    def parse(cls, text: str, certificates: Path | None = None) -> Self:
        """Read ``DOCKER_HOST``; with ``certificates`` a ``tcp`` host is spoken to over TLS.

        Raise ``EngineUnavailableError`` for a form that is not one of these.
        """
        scheme, separator, rest = text.partition("://")
        if separator and scheme == "unix" and rest.startswith("/"):
            return cls(text, socket=rest)
        if separator and scheme in {"tcp", "http", "https"}:
            secure = scheme == "https" or (scheme == "tcp" and certificates is not None)
            return cls(text, origin=_origin(text, rest, secure=secure), certificates=certificates)
        reason = (
            "only unix:///PATH, tcp://HOST:PORT and https://HOST:PORT are understood; set "
            f"DOCKER_HOST to one of them. {_WITHOUT[0].upper()}{_WITHOUT[1:]}"
        )
        raise EngineUnavailableError(text[:200], reason)

    @property
    def is_private(self) -> bool:
        """Whether nobody on the network can read what is sent, so that secrets may be."""
        host = urlsplit(self.origin).hostname
        return bool(self.socket) or self.origin.startswith("https:") or host in _LOOPBACK

    def transport(self) -> httpx.BaseTransport:
        """Make what carries the requests; raise ``EngineUnavailableError``."""
        if self.socket:
            return UnixTransport(self.socket)
        if not self.origin.startswith("https:"):
            return httpx.HTTPTransport()
        return httpx.HTTPTransport(verify=self._context())

    def _context(self) -> ssl.SSLContext:
        folder = self.certificates
        if folder is None:
            return ssl.create_default_context()
        try:
            context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
            if (folder / "cert.pem").exists():
                context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        except OSError as error:  # ssl.SSLError is one
            reason = f"the certificates in {folder} cannot be used ({error})"
            raise EngineUnavailableError(self.text, reason) from error
        return context

    def unavailable(self, error: httpx.HTTPError) -> EngineUnavailableError:
        """Say in words why no answer came, and what to do."""
        return EngineUnavailableError(self.text, self._reason(error))

    def _reason(self, error: httpx.HTTPError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return "it does not answer in time; is it busy or stuck?"
        number = _errno(error)
        if number == errno.ENOENT:
            return (
                "there is no such socket; start the Engine (sudo systemctl start docker), or set "
                f"DOCKER_HOST if it listens elsewhere; {_WITHOUT}"
            )
        if number in {errno.EACCES, errno.EPERM}:
            return (
                "this account may not use it; run the command with sudo, or become a member of the "
                "group docker (sudo usermod -aG docker NAME) and sign in anew"
            )
        if number == errno.ECONNREFUSED:
            return (
                f"nothing listens there; start the Engine (sudo systemctl start docker); {_WITHOUT}"
            )
        return f"{str(error) or type(error).__name__}; {_WITHOUT}"


def _origin(text: str, rest: str, *, secure: bool) -> str:
    scheme, default = ("https", _DEFAULT_TLS_PORT) if secure else ("http", _DEFAULT_PORT)
    parts = urlsplit(f"{scheme}://{rest}")
    try:
        host, port = parts.hostname, parts.port or default
    except ValueError:
        host, port = None, 0
    if not host or parts.username is not None or parts.path.strip("/"):
        raise EngineUnavailableError(
            text.rpartition("@")[2][:200], "that is not HOST:PORT; correct DOCKER_HOST"
        )
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _errno(error: BaseException) -> int | None:
    """Return the number of the operating system's error at the bottom of a chain."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.errno is not None:
            return found.errno
        found = found.__cause__ or found.__context__
    return None
