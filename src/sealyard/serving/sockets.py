"""The listening sockets, opened once and inherited by every worker."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from sealyard.errors import UnavailableError

if TYPE_CHECKING:
    from sealyard.settings import Address

_BACKLOG = 2048


class CannotListenError(UnavailableError):
    """The address cannot be listened on."""

    def __init__(self, address: Address, reason: OSError) -> None:
        super().__init__(
            f"cannot listen on {address}: {reason.strerror or reason}; "
            "choose another address with --listen HOST:PORT"
        )
        self.address = address


def listen(address: Address) -> list[socket.socket]:
    """Open a socket on every address that the host's name stands for (127.0.0.1 and ::1).

    Port 0 takes any free port, the same for all of them.
    """
    try:
        found = socket.getaddrinfo(
            address.host.strip("[]"), address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise CannotListenError(address, error) from error
    sockets: list[socket.socket] = []
    port = address.port
    for family, kind, protocol, _, where in sorted(found, key=lambda entry: entry[0]):
        try:
            opened = _open(family, kind, protocol, (where[0], port, *where[2:]))
        except OSError as error:
            if sockets and family == socket.AF_INET6:
                continue  # a host without IPv6 still names ::1 in its hosts file
            for other in sockets:
                other.close()
            raise CannotListenError(address, error) from error
        sockets.append(opened)
        port = opened.getsockname()[1]
    return sockets


def _open(family: int, kind: int, protocol: int, where: tuple[object, ...]) -> socket.socket:
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(where)
        opened.listen(_BACKLOG)
        opened.setblocking(False)  # noqa: FBT003 (its signature)
    except OSError:
        opened.close()
        raise
    return opened
