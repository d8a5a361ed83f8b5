"""A door asked both ways, as the server asks it: first for a ready answer, then in full.

The server sends a ready answer without calling the door; so whatever test drives a door through
here also proves that the short way never says anything but what the long way would have said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealyard.api.http import Asked, Request, takes_gzip

if TYPE_CHECKING:
    from sealyard.api.app import Door
    from sealyard.api.http import Message, Receive, Reply, Scope, Send

_CONDITIONS = {b"range", b"if-none-match", b"content-length"}


async def answer_both_ways(door: Door, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in full; fail if there was a ready answer and it is another one."""
    ready = _ready(door, scope)
    sent: list[Message] = []

    async def remember(message: Message) -> None:
        sent.append(message)
        await send(message)

    await door(Request(scope, receive), remember)
    if ready is not None:
        assert [message.get("status", 200) for message in sent] == [ready.status] * len(sent)
        assert sorted(sent[0]["headers"]) == sorted(ready.headers)
        assert b"".join(message.get("body", b"") for message in sent) == ready.body


def _ready(door: Door, scope: Scope) -> Reply | None:
    headers = dict(scope["headers"])
    if scope["method"] not in {"GET", "HEAD"} or _CONDITIONS & headers.keys():
        return None
    query, gzip = scope.get("query_string", b""), takes_gzip(headers.get(b"accept-encoding", b""))
    who = headers.get(b"authorization")
    return door.ready(
        Asked(scope["method"], scope["path"], query, who, "127.0.0.1", takes_gzip=gzip)
    )
