"""A registry driven in process: no sockets, a real database, real files."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from sealyard.access.actions import Action
from sealyard.access.caller import Caller
from sealyard.access.errors import InvalidTokenError
from sealyard.access.principals import ANONYMOUS, Principal, PrincipalKind
from sealyard.access.rights import NOTHING, Rights
from sealyard.api.challenges import Challenges
from sealyard.api.distribution.door import Distribution
from sealyard.blobstore.filesystem import FilesystemBlobStore
from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.db.schema import bring_up_to_date
from sealyard.oci import media_types
from sealyard.oci.digest import Digest
from sealyard.services.ready_cache import ReadyCache
from sealyard.services.registry.deletion import Deletion
from sealyard.services.registry.limits import RegistryLimits
from sealyard.services.registry.locking import Locking
from sealyard.services.registry.registry import Registry
from sealyard.services.registry.upload_expiry import UploadExpiry
from short_way import answer_both_ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import timedelta
    from pathlib import Path

    from sealyard.api.http import Receive, Scope, Send
    from sealyard.db.locks import Lock

EVERYTHING = frozenset(Action)


class Callers:
    """Whoever sends ``Bearer <name>`` is that one, with the rights given here.

    Who sends nothing, or the anonymous token, may do what ``everybody`` may.
    """

    def __init__(self) -> None:
        self.everybody = NOTHING
        self.rights: dict[str, tuple[Rights, Rights | None]] = {
            "owner": (Rights(EVERYTHING), None),
            "reader": (Rights(frozenset({Action.PULL, Action.CATALOG})), None),
            "pusher": (Rights(frozenset({Action.PULL, Action.PUSH})), None),
            "deleter": (Rights(frozenset({Action.DELETE})), None),
            "nobody": (Rights(), None),
        }

    def cached(self, authorization: bytes | None, address: str) -> Caller | None:
        if authorization in {None, b"Bearer anonymous"}:
            return Caller(ANONYMOUS, address, self.everybody)
        name = authorization.decode().removeprefix("Bearer ")
        if name not in self.rights:
            return None
        rights, access = self.rights[name]
        return Caller(Principal(name, name, PrincipalKind.USER), address, rights, access)

    async def caller(self, authorization: bytes | None, address: str) -> Caller:
        found = self.cached(authorization, address)
        if found is None:
            reason = "malformed"
            raise InvalidTokenError(reason)
        return found


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class RegistryClient:
    """A client of the registry; ``who`` is whose token it sends, ``None`` none."""

    folder: Path
    callers: Callers = field(default_factory=Callers)
    clock: Clock = field(default_factory=Clock)
    limits: RegistryLimits = field(default_factory=RegistryLimits)
    who: str | None = "owner"

    def __post_init__(self) -> None:
        self.generations = Generations.private()
        self.open()
        bring_up_to_date(self.database)

    def open(self) -> None:
        """Start the server."""
        self.database = Database(self.folder / "test.db", self.generations)
        self.store = FilesystemBlobStore(self.folder)
        self.registry = Registry.over(self.database, self.store, self.limits, self.clock)
        self.door = Distribution(
            self.registry,
            self.callers,
            Challenges(["localhost:5443", "other.example"], tls=True),
            ReadyCache(self.generations, 2**20),
            self.generations,
        )

    def close(self) -> None:
        """Stop the server."""
        self.store.close()
        self.database.close()

    def restart(self) -> None:
        """Stop the server and start it again over the same folder."""
        self.close()
        self.open()

    def allow(
        self,
        who: str,
        access: dict[str, set[str]],
        *,
        rights: Collection[str] = (),
        catalog: bool = False,
    ) -> None:
        """Let ``who`` do what ``access`` says.

        With ``rights`` that is only what its token was asked for, and the identity may do
        everything in those repositories.
        """
        everywhere = frozenset({Action.CATALOG} if catalog else set())
        given = Rights(
            everywhere,
            {name: frozenset(Action(word) for word in words) for name, words in access.items()},
        )
        if rights:
            held = Rights(everywhere, dict.fromkeys(rights, EVERYTHING))
            self.callers.rights[who] = (held, given)
        else:
            self.callers.rights[who] = (given, None)

    def delete_repository(self, name: str) -> list[str]:
        """Delete a repository; return those whose trust data was deleted with it."""
        deleted: list[str] = []
        deletion = Deletion(self.database, lambda _, name: deleted.append(name), self.clock)
        asyncio.run(deletion.delete(asyncio.run(self.callers.caller(b"owner", "-")), name))
        return deleted

    def lock(self, repository: str, reference: str, locks: Lock, *, lifted: bool = False) -> None:
        """Set or lift locks of a tag or digest, of the repository if ``reference`` is empty."""
        owner = asyncio.run(self.callers.caller(b"owner", "-"))
        named = Digest.parse(reference) if ":" in reference else reference or None
        wanted = dict.fromkeys(locks, not lifted)
        locking = Locking(self.database, self.clock)
        asyncio.run(locking.change(owner, repository, named, wanted))

    def age_uploads(self, by: timedelta) -> None:
        """Let time pass, for the clock and for the files."""
        self.clock.now += by
        for path in (self.folder / "uploads").iterdir():
            moment = path.stat().st_mtime
            fresh = moment > self.clock.now.timestamp()
            written = (self.clock.now - by).timestamp() if fresh else moment
            os.utime(path, (written, written))

    def expire_uploads(self) -> int:
        """Run the removal of stale uploads; return how many there were."""
        expiry = UploadExpiry(self.database, self.store, self.limits, self.clock)
        return asyncio.run(expiry.run())

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer_both_ways(self.door, scope, receive, send)

    def ask(
        self,
        method: str,
        path: str,
        *,
        who: str | None = "",
        headers: dict[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
    ) -> httpx.Response:
        """Send one request; ``who`` overrides whose token goes with it."""
        name = self.who if who == "" else who
        sent = {} if name is None else {"Authorization": f"Bearer {name}"}

        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="https://localhost:5443"
            ) as client:
                return await client.request(
                    method, path, headers=sent | (headers or {}), content=content
                )

        return asyncio.run(exchange())

    def push_blob(self, repository: str, content: bytes, algorithm: str = "sha256") -> str:
        digest = str(Digest.of(content, algorithm))
        path = f"/v2/{repository}/blobs/uploads/?digest={digest}"
        assert self.ask("POST", path, content=content).status_code == 201
        return digest

    def push_image(self, repository: str, reference: str, **changed: object) -> str:
        """Push a small image with its blobs; return its digest."""
        document = self.image(repository, **changed)
        return self.push_manifest(repository, reference, document)

    def image(self, repository: str, **changed: object) -> dict[str, Any]:
        config, layer = b"{}", b"layer of " + repository.encode()
        return {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": self.push_blob(repository, config),
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": self.push_blob(repository, layer),
                    "size": len(layer),
                }
            ],
            **changed,
        }

    def push_manifest(self, repository: str, reference: str, document: dict[str, Any]) -> str:
        content = encoded(document)
        digest = str(Digest.of(content))
        answer = self.ask(
            "PUT",
            f"/v2/{repository}/manifests/{reference or digest}",
            headers={"Content-Type": str(document["mediaType"])},
            content=content,
        )
        assert answer.status_code == 201, answer.text
        assert answer.headers["docker-content-digest"] == digest
        return digest


def encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=2).encode()
