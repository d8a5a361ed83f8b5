from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from sealyard.client.errors import ConnectionFailedError
from sealyard.client.registry.errors import (
    CertificateRefusedError,
    HostUnknownError,
    NotHttpError,
)
from sealyard.client.registry.failures import mapped
from sealyard.client.registry.patience import HeadTooLong
from sealyard.client.registry.retries import pause_after_failure

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
        (httpx.ReadError("no"), HeadTooLong(), "the head of its answer has more than 64 KiB"),
        (httpx.ReadTimeout("no answer in 30 s"), TimeoutError(), "no answer in 30 s; try again"),
        (httpx.ConnectError("no"), ssl.SSLError(1, "[SSL] x"), "is that its https port?"),
        (httpx.ConnectError("something else"), None, "something else; is the server running"),
    ],
)
def test_what_went_wrong_on_the_way_is_said(
    error: httpx.TransportError, cause: BaseException | None, words: str
) -> None:
    assert words in str(raised(error, cause))


@pytest.mark.parametrize("cause", [HeadTooLong(), http.client.LineTooLong("header line")])
def test_what_is_no_http_is_not_asked_for_again(cause: Exception) -> None:
    error = raised(httpx.ReadError("no"), cause)
    assert isinstance(error, NotHttpError)
    assert pause_after_failure(1, error) is None


def test_a_server_that_nobody_named_is_not_one_for_the_ca_file_of_the_command() -> None:
    cause = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    cause.verify_code = 19
    with (
        pytest.raises(CertificateRefusedError, match=f"into {PLACE}$"),
        mapped("store.test", PLACE, is_named=False),
    ):
        raise httpx.ConnectError("no") from cause  # noqa: EM101 (what the network raises)


def test_what_is_no_failure_of_the_way_passes() -> None:
    with pytest.raises(KeyError), mapped("registry.test", PLACE):
        raise KeyError
