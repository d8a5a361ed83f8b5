"""A client of the trust door, which is driven in process: no sockets, a real database."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from sealyard.access.actions import Action
from sealyard.access.caller import Caller
from sealyard.access.errors import InvalidTokenError
from sealyard.access.rights import Rights
from sealyard.api.challenges import Challenges
from sealyard.api.trust.door import TrustDoor, TrustServices
from sealyard.api.trust.files import TrustFiles
from sealyard.services.ready_cache import ReadyCache
from short_way import answer_both_ways
from trust_owner import GUN, Owner
from trust_service import PREFIXES, SIGNER, Worker, caller

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.api.http import Receive, Scope, Send


class Callers:
    """Whoever sends ``Bearer <name>`` is that one."""

    def __init__(self) -> None:
        self.known = {
            "signer": caller(*SIGNER, Action.CATALOG, name="signer"),
            "pusher": caller(Action.PULL, Action.PUSH, Action.DELETE, name="pusher"),
            "reader": caller(Action.PULL, name="reader"),
            "nobody": caller(name="nobody"),
            "narrow": caller(*SIGNER, access=Rights(), name="narrow"),
        }

    def cached(self, authorization: bytes | None, address: str) -> Caller | None:
        """Return whom the token names, if that is known."""
        if authorization is None:
            return Caller.anonymous(address)
        found = self.known.get(authorization.decode().removeprefix("Bearer "))
        return None if found is None else found.at(address)

    async def caller(self, authorization: bytes | None, address: str) -> Caller:
        """Return whom the token names."""
        found = self.cached(authorization, address)
        if found is None:
            reason = "malformed"
            raise InvalidTokenError(reason)
        return found


@dataclass
class Client:
    """A client of the trust door; ``who`` is whose token it sends, ``None`` none."""

    folder: Path
    who: str | None = "signer"
    callers: Callers = field(default_factory=Callers)

    def __post_init__(self) -> None:
        self.worker = Worker(self.folder)
        worker = self.worker
        files = TrustFiles(
            worker.reading,
            ReadyCache(worker.generations, 2**20),
            worker.generations,
            worker.clock,
        )
        services = TrustServices(
            files, worker.publishing, worker.keys, worker.deletion, worker.changes
        )
        challenges = Challenges(["localhost:5443", "registry.example"], tls=True)
        self.door = TrustDoor(services, self.callers, challenges, PREFIXES, worker.limits)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the origin does for paths of the trust door."""
        await answer_both_ways(self.door, scope, receive, send)

    def ask(
        self,
        method: str,
        path: str,
        *,
        who: str | None = "",
        gun: str = GUN,
        **options: Any,  # noqa: ANN401 (httpx's own)
    ) -> httpx.Response:
        """Send one request below the collection, or to an absolute ``path``."""
        name = self.who if who == "" else who
        headers = {} if name is None else {"Authorization": f"Bearer {name}"}
        headers |= options.pop("headers", {})
        url = path if path.startswith("/") else f"/v2/{gun}/_trust/{path}"

        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="https://localhost:5443"
            ) as http:
                return await http.request(method, url, headers=headers, **options)

        return asyncio.run(exchange())

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 (as ask)
        """Send a ``GET``."""
        return self.ask("GET", path, **options)

    def publish(
        self,
        files: dict[str, bytes],
        **options: Any,  # noqa: ANN401 (as ask)
    ) -> httpx.Response:
        """Send an update as notary's clients write it."""
        return self.post_parts(
            [(f'filename="{role}"', raw) for role, raw in files.items()], **options
        )

    def post_parts(
        self,
        parts: list[tuple[str, bytes]],
        **options: Any,  # noqa: ANN401 (as ask)
    ) -> httpx.Response:
        """Send an update whose parts may be anything."""
        boundary = uuid.uuid4().hex
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; {named}\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + raw
            + b"\r\n"
            for named, raw in parts
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        end = f"--{boundary}--\r\n".encode()
        return self.ask("POST", "tuf/", headers=kind, content=body + end, **options)

    def owner(self) -> Owner:
        """Return an owner who has asked for the registry's keys."""
        return asyncio.run(self.worker.owner())

    def published(self) -> Owner:
        """Publish a root and targets through the door."""
        owner = self.owner()
        answer = self.publish({"root": owner.root_file(), "targets": owner.targets_file()})
        assert (answer.status_code, answer.content) == (200, b""), answer.text
        return owner
