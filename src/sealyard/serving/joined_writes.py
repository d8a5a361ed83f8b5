"""Head and body of a small answer in one write, and so in one TLS record and one packet.

uvicorn writes an answer's head by itself and then its body. Over TLS that costs a second record, a
second system call and a second wake-up of the client, for answers that mostly fit one packet.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    Bytes = bytes | bytearray | memoryview

_HEAD: Final = b"HTTP/1."
_JOINED_BYTES: Final = 64 * 1024  # copying more costs more than the second write


class JoinedWrites(asyncio.Transport):
    """A transport that holds an answer's head back until its body is written, at most for a turn.

    Only a write that begins like a head is held; its body follows in the same turn of the loop,
    or the head goes out alone at the end of it.
    """

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: Bytes = b""

    def write(self, data: Bytes) -> None:
        """Write ``data``, together with a head that is held."""
        if self._held:
            held, self._held = self._held, b""
            if len(data) <= _JOINED_BYTES:
                self._transport.write(b"".join((held, data)))
                return
            self._transport.write(held)
        elif data[:7] == _HEAD:
            self._held = data
            self._loop.call_soon(self._flush)
            return
        self._transport.write(data)

    def write_answer(self, head: bytes, body: bytes) -> None:
        """Write a whole answer, in pieces that fit the processor's caches where it is large."""
        self._flush()
        self._transport.write(head + body[:_JOINED_BYTES])
        rest = memoryview(body)
        for start in range(_JOINED_BYTES, len(body), _JOINED_BYTES):
            self._transport.write(rest[start : start + _JOINED_BYTES])

    def writelines(self, list_of_data: Iterable[Bytes]) -> None:
        """Write all of it."""
        self._flush()
        self._transport.writelines(list_of_data)

    def close(self) -> None:
        """Close once everything is written."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._held = b""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether it is being closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (as asyncio)
        """Return what the transport knows of itself."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand the connection to another protocol."""
        self._flush()
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who reads from the connection."""
        return self._transport.get_protocol()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            if not self._transport.is_closing():
                self._transport.write(held)
