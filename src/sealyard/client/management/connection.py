"""Requests to one server: typed failures, bounded answers, no redirects."""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.printable import printable
from sealyard.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TIMEOUT_SECONDS: Final = 60  # for a piece of the answer,
_ANSWER_SECONDS: Final = 300.0  # and for the whole
_MAX_ANSWER: Final = 16 * 1024 * 1024
_MAX_MESSAGE: Final = 2000
_FIRST_ERROR: Final = 400


class Connection:
    """A way to one server. ``transport`` takes the network's place in tests."""

    def __init__(
        self,
        server: str,
        *,
        ca_certificates: str = "",
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self.server = server_url(server)
        self._http = httpx.Client(
            base_url=self.server,
            verify=_context(self.server, ca_certificates),
            transport=transport,
            timeout=_TIMEOUT_SECONDS,
            headers={"User-Agent": f"sealyard/{VERSION}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_details: object) -> None:
        self._http.close()

    def linked(self, path: str, **options: Any) -> tuple[Any, dict[str, dict[str, str]]]:  # noqa: ANN401 (httpx's options, plain JSON)
        """Return a page of a list and the links (RFC 8288) in its head, by relation."""
        response, content = self.exchange("GET", path, **options)
        links = {str(relation): found for relation, found in response.links.items() if relation}
        return self._decoded(content), links

    def json(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 (httpx's options, plain JSON)
        """Send a request and return what its answer holds, ``None`` for an empty one.

        ``path`` may be an absolute URL of the same server (the link to a next page). Raise a
        ``ClientError``.
        """
        _, content = self.exchange(method, path, **options)
        return self._decoded(content) if content else None

    def _decoded(self, content: bytes) -> Any:  # noqa: ANN401 (plain JSON)
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, RecursionError) as error:
            reason = "its answer is not JSON"
            raise UnexpectedAnswerError(self.server, reason) from error

    def exchange(
        self,
        method: str,
        path: str,
        *,
        allowed: frozenset[int] = frozenset(),
        **options: Any,  # noqa: ANN401 (httpx's own)
    ) -> tuple[httpx.Response, bytes]:
        """Send a request; return the answer's head and its body.

        A status from 400 on raises ``ServerRefusedError`` unless it is among ``allowed``.
        """
        if not path.startswith("/") and not path.startswith(self.server + "/"):
            reason = "it sends us to another server"
            raise UnexpectedAnswerError(self.server, reason)
        deadline = self._monotonic() + _ANSWER_SECONDS
        options["extensions"] = {"deadline": deadline}
        with _mapped(self.server), self._http.stream(method, path, **options) as response:
            content = self._read(response, deadline)
        if response.status_code >= _FIRST_ERROR and response.status_code not in allowed:
            raise refusal(response.status_code, content)
        if response.is_redirect:
            reason = "it sends us elsewhere"
            raise UnexpectedAnswerError(self.server, reason)
        return response, content

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > _MAX_ANSWER:
                reason = f"its answer is longer than {_MAX_ANSWER} bytes"
                raise UnexpectedAnswerError(self.server, reason)
            if self._monotonic() > deadline:
                message = "its answer is not whole in time"
                raise httpx.ReadTimeout(message, request=response.request)
            parts.append(chunk)
        return b"".join(parts)


def server_url(text: str) -> str:
    """Return a server's origin out of what somebody typed; raise ``ConnectionFailedError``.

    ``localhost:5443`` means https. Plain http is taken only on this machine: a password does not
    cross a network in the clear.
    """
    parts = urlsplit(text if "://" in text else f"https://{text}")
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
        reason = "a server is named as https://HOST:PORT"
        raise ConnectionFailedError(text, reason)
    if parts.scheme == "http" and host not in _LOOPBACK:
        reason = "plain http is for this machine only; use https"
        raise ConnectionFailedError(text, reason)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def refusal(status: int, content: bytes) -> ServerRefusedError:
    """Read an error in any of the shapes that the server's doors use.

    ``{"error": {"code", "message"}}`` (management), ``{"error", "error_description"}`` (sign-in)
    and ``{"errors": [{"code", "message"}]}`` (registry).
    """
    code, message = "", ""
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if isinstance(found, dict):
        error = found.get("error")
        listed = found.get("errors")
        if isinstance(error, dict):
            code, message = _text(error.get("code")), _text(error.get("message"))
        elif isinstance(listed, list) and listed and isinstance(listed[0], dict):
            code, message = _text(listed[0].get("code")), _text(listed[0].get("message"))
        else:
            code, message = _text(error), _text(found.get("error_description"))
    return ServerRefusedError(
        status, code, message or f"the server answers {status} {code}".strip()
    )


def _text(value: object) -> str:
    """Return a sentence of the server's: one line that does nothing to a terminal."""
    return printable(value[:_MAX_MESSAGE]) if isinstance(value, str) else ""


def _context(server: str, ca_certificates: str) -> ssl.SSLContext | bool:
    if server.startswith("http://"):
        return False
    if not ca_certificates:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=ca_certificates)
    except (ssl.SSLError, ValueError) as error:
        reason = "the file of --ca-file holds no certificate in PEM"
        raise ConnectionFailedError(server, reason) from error


@contextmanager
def _mapped(server: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise ConnectionFailedError(server, "it takes too long; try again") from error
    except httpx.TransportError as error:
        raise ConnectionFailedError(server, _reason(error)) from error
    except (httpx.DecodingError, httpx.InvalidURL) as error:
        reason = "its answer cannot be read"
        raise UnexpectedAnswerError(server, reason) from error


def _reason(error: httpx.TransportError) -> str:
    text = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "its certificate is not one that this machine trusts; give the registry's CA with "
            "--ca-file (tls/ca.pem in the server's data folder)"
        )
    return f"{text}; is the server running, and is that its address?"


def query(values: Mapping[str, str | int | None]) -> dict[str, str]:
    """Return the query fields that have a value."""
    return {name: str(value) for name, value in values.items() if value not in {None, ""}}
