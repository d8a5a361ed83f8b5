"""Head and body go out together, in order, and nothing is ever kept back for long."""

from __future__ import annotations

import asyncio
from typing import Any

from sealyard.serving.joined_writes import JoinedWrites

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


class Wire(asyncio.Transport):
    """Remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:  # noqa: ANN401 (as asyncio)
        self.writes.append(b"".join(list_of_data))

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def told(*steps: bytes | str) -> Wire:
    """Write the bytes among ``steps``, call what the texts name, let a turn pass at ``turn``."""

    async def story() -> Wire:
        wire = Wire()
        joined = JoinedWrites(wire, asyncio.get_running_loop())
        for step in steps:
            if isinstance(step, bytes):
                joined.write(step)
            elif step == "turn":
                await asyncio.sleep(0)
            else:
                getattr(joined, step)()
        return wire

    return asyncio.run(story())


def test_a_head_and_its_body_are_one_write() -> None:
    assert told(HEAD, b"body").writes == [HEAD + b"body"]
    assert told(HEAD, b"body", HEAD, b"next").writes == [HEAD + b"body", HEAD + b"next"]


def test_a_head_without_a_body_goes_out_within_a_turn() -> None:
    assert told(HEAD, "turn").writes == [HEAD]
    assert told(HEAD, "turn", b"late").writes == [HEAD, b"late"]
    assert told(HEAD, b"").writes == [HEAD]


def test_a_large_body_is_not_copied() -> None:
    large = b"x" * 100_000
    assert told(HEAD, large, b"more").writes == [HEAD, large, b"more"]


def test_closing_writes_what_is_held_and_aborting_does_not() -> None:
    assert told(HEAD, "close").writes == [HEAD]
    assert told(HEAD, "close", "turn").writes == [HEAD]
    assert told(HEAD, "abort", "turn").writes == []


def test_two_heads_in_one_turn_keep_their_order() -> None:
    assert b"".join(told(HEAD, HEAD, "turn").writes) == HEAD + HEAD


def test_other_bytes_go_out_at_once() -> None:
    assert told(b"body", b"HTTP").writes == [b"body", b"HTTP"]
