"""What went wrong on the way to a server, in words: the cause, and what to do about it."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from sealyard.client.errors import ConnectionFailedError
from sealyard.client.registry.errors import (
    CertificateRefusedError,
    HostUnknownError,
    NotHttpError,
    TooSlowError,
)
from sealyard.client.registry.patience import HeadTooLong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# OpenSSL's numbers, X509_V_ERR_…, from x509_vfy.h.
_NOT_YET_VALID, _EXPIRED = 9, 10
_WRONG_NAME = frozenset({62, 64})
_UNTRUSTED = frozenset({2, 18, 19, 20, 21})


@contextmanager
def mapped(server: str, certificate_place: Path, *, is_named: bool = True) -> Iterator[None]:
    """Raise a ``ConnectionFailedError`` for what httpx raises.

    ``certificate_place`` is where a certificate of the server's authority would be found. A server
    that nobody has named, to which another one sends us, is not one that --ca-file is about.
    """
    try:
        yield
    except httpx.TransportError as error:
        where = f"{certificate_place}, or give it with --ca-file" if is_named else certificate_place
        raise _failure(server, error, str(where)) from error


def _failure(server: str, error: httpx.TransportError, where: str) -> ConnectionFailedError:
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CertificateRefusedError(server, _of_certificate(server, cause, where))
    if isinstance(cause, socket.gaierror):
        reason = "no address is known for that name; check the spelling, and the DNS"
        return HostUnknownError(server, reason)
    if isinstance(cause, ssl.SSLError):
        # OpenSSL's own word, where it was OpenSSL that ended it
        said = str(getattr(cause, "reason", None) or "the handshake ended")
        said = said.replace("_", " ").lower()
        reason = f"TLS failed ({said}); is that its https port?"
        return ConnectionFailedError(server, reason)
    if isinstance(error, httpx.TimeoutException):
        reason = f"{error}; try again, or look whether something between here and there is slow"
        return TooSlowError(server, reason)
    kind = NotHttpError if _is_no_http(cause) else ConnectionFailedError
    return kind(server, _reason(error, cause))


def _is_no_http(cause: BaseException) -> bool:
    broken = (http.client.RemoteDisconnected, http.client.IncompleteRead)
    return isinstance(cause, http.client.HTTPException) and not isinstance(cause, broken)


def _reason(error: httpx.TransportError, cause: BaseException) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there; is the server running, and is that its address and port?"
    if isinstance(cause, (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)):
        return "the connection broke; try again"
    if isinstance(cause, http.client.IncompleteRead):
        return "the connection broke before its answer was complete; try again"
    if isinstance(cause, HeadTooLong):
        return str(cause)
    if isinstance(cause, http.client.HTTPException):
        return "what it sends is not HTTP; is that its https port?"
    return f"{str(error) or type(error).__name__}; is the server running, and is that its address?"


def _of_certificate(server: str, cause: ssl.SSLCertVerificationError, where: str) -> str:
    if cause.verify_code in _WRONG_NAME:
        return (
            "its certificate is for another name; use a name that stands in it, or have that name "
            "added (on a Sealyard server: --login-server)"
        )
    if cause.verify_code == _EXPIRED:
        return "its certificate has expired; have it renewed, or check the clock of this machine"
    if cause.verify_code == _NOT_YET_VALID:
        return "its certificate is not valid yet; check the clock of this machine"
    if cause.verify_code in _UNTRUSTED:
        return (
            "its certificate is not of an authority that this machine trusts; put the authority's "
            f"certificate into {where}"
        )
    return f"its certificate is refused for {server}: {cause.verify_message}"


def _cause(error: BaseException) -> BaseException:
    """Return what is at the bottom of a chain of errors."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
