from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from sealyard.client.errors import ConnectionFailedError
from sealyard.client.registry.errors import CertificateRefusedError, HostUnknownError
from sealyard.client.registry.failures import mapped

PLACE = Path("/home/me/.docker/tls/registry.test/ca.crt")


def raised(
    error: httpx.TransportError, cause: BaseException | None = None
) -> ConnectionFailedError:
    with pytest.raises(ConnectionFailedError) as caught, mapped("registry.test", PLACE):
        raise error from cause
    assert str(caught.value).startswith("registry.test does not answer: ")
    return caught.value


def refused(code: int) -> ConnectionFailedError:
    cause = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    cause.verify_code = code
    cause.verify_message = "as OpenSSL says"
    return raised(httpx.ConnectError("no"), cause)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (19, f"put the authority's certificate into {PLACE}, or give it with --ca-file"),
        (20, "not of an authority that this machine trusts"),
        (62, "for another name"),
        (10, "has expired"),
        (9, "not valid yet; check the clock"),
        (7, "as OpenSSL says"),
    ],
)
def test_a_certificate_that_is_not_trusted_says_why_and_what_to_do(code: int, words: str) -> None:
    error = refused(code)
    assert isinstance(error, CertificateRefusedError)
    assert words in str(error)


def test_a_name_without_an_address_is_said() -> None:
    error = raised(httpx.ConnectError("no"), socket.gaierror(-2, "unknown"))
    assert isinstance(error, HostUnknownError)
    assert "check the spelling" in str(error)


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        (httpx.ConnectError("no"), ConnectionRefusedError(), "nothing listens there"),
        (httpx.ReadError("no"), ConnectionResetError(), "the connection broke"),
        (httpx.ReadError("no"), http.client.IncompleteRead(b"x", 9), "before its answer was"),
        (httpx.ReadError("no"), http.client.RemoteDisconnected("x"), "the connection broke"),
        (httpx.ReadError("no"), http.client.BadStatusLine("x"), "not HTTP"),
        (httpx.ReadTimeout("no answer in 30 s"), TimeoutError(), "no answer in 30 s; try again"),
        (httpx.ConnectError("no"), ssl.SSLError(1, "[SSL] x"), "is that its https port?"),
        (httpx.ConnectError("something else"), None, "something else; is the server running"),
    ],
)
def test_what_went_wrong_on_the_way_is_said(
    error: httpx.TransportError, cause: BaseException | None, words: str
) -> None:
    assert words in str(raised(error, cause))


def test_what_is_no_failure_of_the_way_passes() -> None:
    with pytest.raises(KeyError), mapped("registry.test", PLACE):
        raise KeyError
