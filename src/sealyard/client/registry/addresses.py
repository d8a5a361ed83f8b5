"""Addresses that a server gives us: where it sends us, where it wants us to sign in or upload."""

from __future__ import annotations

import ipaddress

import httpx

from sealyard.client.errors import UnexpectedAnswerError
from sealyard.client.printable import printable

_MAX_PORT = 65_535
_MAX_SHOWN = 200


def given(base: httpx.URL, text: str) -> httpx.URL:
    """Return the address ``text``, which may be relative to ``base``.

    Raise ``UnexpectedAnswerError`` for what is no address, and for one without https anywhere
    else than where we are already: what we send, and are sent, does not cross a network in the
    clear because a server says so.
    """
    try:
        found = base.join(text)
        port = found.port
    except (httpx.InvalidURL, ValueError) as error:
        raise _unusable(base, text, "no address") from error
    if not found.host or (port is not None and not 0 < port <= _MAX_PORT):
        raise _unusable(base, text, "no address")
    if found.scheme != "https" and not same_origin(base, found):
        raise _unusable(base, text, "an address without https")
    return found


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Tell whether both are at the same server (RFC 6454, 5)."""
    return one.scheme == other.scheme and one.netloc == other.netloc


def of_one_house(one: str, other: str) -> bool:
    """Tell whether two hosts are the same, or have one parent domain.

    So are registry-1.docker.io and auth.docker.io, registry.gitlab.com and gitlab.com. A domain of
    two labels is its own parent. Which domains are sold by the name (co.uk) is not known here:
    two of these pass for one house.
    """
    return one == other or _house(one) == _house(other)


def _house(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        _, _, parent = host.rstrip(".").partition(".")
        return parent if "." in parent else host


def _unusable(base: httpx.URL, text: str, what: str) -> UnexpectedAnswerError:
    reason = f"it sends us to {what}: {printable(text[:_MAX_SHOWN])}"
    return UnexpectedAnswerError(base.netloc.decode("ascii"), reason)
