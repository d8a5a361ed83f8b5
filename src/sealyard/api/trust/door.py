"""The door: who asks for what, one service method, and the answer in notary's form."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from sealyard.access.errors import AccessError, DeniedError
from sealyard.api.http import ClientGoneError, reply
from sealyard.api.trust import wire
from sealyard.api.trust.multipart import uploaded_files
from sealyard.api.trust.paths import LONGEST, Kind, parse
from sealyard.api.trust.wire import InvalidParametersError
from sealyard.errors import SealyardError
from sealyard.services.trust.collections import CollectionName
from sealyard.services.trust.errors import ForeignCollectionError
from sealyard.trust.metadata import KeyObject

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sealyard.access.caller import Caller
    from sealyard.api.challenges import Challenges
    from sealyard.api.http import Asked, Reply, Request, Send
    from sealyard.api.trust.files import TrustFiles
    from sealyard.api.trust.paths import TrustPath
    from sealyard.db.trust_changes import TrustChange
    from sealyard.services.trust.changefeed import TrustChangeFeed
    from sealyard.services.trust.deletion import TrustDeletion
    from sealyard.services.trust.keys import TrustKeys
    from sealyard.services.trust.publishing import TrustPublishing
    from sealyard.trust.keys import PublicKey
    from sealyard.trust.limits import TrustLimits

    _Route = Callable[[Request, TrustPath], Awaitable[Reply]]

_REMEMBERED_PATHS = 4096
_AT_ONCE_BYTES = 128 * 1024
_DONE = reply(200)
_METHOD_NOT_ALLOWED = reply(405)

# What a token needs for each kind of request, as notary's server asks for it.
_ACTIONS = {
    ("GET", Kind.KEY): "push,pull",
    ("POST", Kind.COLLECTION): "push,pull",
    ("POST", Kind.KEY): "*",
    ("DELETE", Kind.COLLECTION): "*",
}


class Authenticator(Protocol):
    """Who asks: what the door needs of the directory."""

    def cached(self, authorization: bytes | None, address: str) -> Caller | None:
        """Return the caller if that takes no work."""

    async def caller(self, authorization: bytes | None, address: str) -> Caller:
        """Return the caller; raise an ``AccessError``."""


@dataclass(frozen=True, slots=True)
class TrustServices:
    """The use cases behind the door."""

    files: TrustFiles
    publishing: TrustPublishing
    keys: TrustKeys
    deletion: TrustDeletion
    changes: TrustChangeFeed


class TrustDoor:
    """Answers every request under ``/_trust/``.

    ``prefixes`` are the login servers and further GUN prefixes, each with its slash at the end.
    """

    def __init__(
        self,
        services: TrustServices,
        authenticator: Authenticator,
        challenges: Challenges,
        prefixes: tuple[str, ...],
        limits: TrustLimits,
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._challenges = challenges
        self._limits = limits
        self._remembered = lru_cache(_REMEMBERED_PATHS)(parse)
        self._name = lru_cache(_REMEMBERED_PATHS)(
            lambda gun: CollectionName.parse(gun, prefixes)  # what it raises is not remembered
        )
        self._routes: dict[tuple[str, Kind], _Route] = {
            ("GET", Kind.METADATA): self._read,
            ("POST", Kind.COLLECTION): self._publish,
            ("DELETE", Kind.COLLECTION): self._delete,
            ("GET", Kind.KEY): self._present_key,
            ("POST", Kind.KEY): self._pending_key,
            ("GET", Kind.CHANGES): self._changes,
        }

    async def __call__(self, request: Request, send: Send) -> None:
        """Answer one request."""
        path = self._parse(request.path)
        route = self._routes.get((request.method, path.kind))
        if route is None:
            known = request.method in {"GET", "HEAD", "POST", "DELETE"}
            await (wire.not_found() if known else _METHOD_NOT_ALLOWED).send(send)
            return
        try:
            answer = await route(request, path)
        except ClientGoneError:
            raise
        except SealyardError as error:
            answer = self._refusal(request, path, error)
        await answer.send(send)

    def ready(self, asked: Asked) -> Reply | None:
        """Return a file's answer if it is finished and the caller may have it; otherwise call."""
        path = self._parse(asked.path)
        if path.kind is not Kind.METADATA or asked.method != "GET":
            return None
        caller = self._authenticator.cached(asked.authorization, asked.address)
        try:
            name = self._name(path.gun)
        except SealyardError:
            return None  # refused in the proper form
        if caller is None:
            return None
        return self._services.files.ready(caller, name, path, takes_gzip=asked.takes_gzip)

    def _parse(self, path: str) -> TrustPath:
        # Strangers choose the paths: what is remembered is bounded in number and in length.
        return self._remembered(path) if len(path) <= LONGEST else parse(path)

    async def _caller(self, request: Request) -> Caller:
        authorization = request.header(b"authorization")
        cached = self._authenticator.cached(authorization, request.address)
        if cached is not None:
            return cached
        return await self._authenticator.caller(authorization, request.address)

    async def _read(self, request: Request, path: TrustPath) -> Reply:
        name = self._name(path.gun)
        caller = await self._caller(request)
        return await self._services.files.answer(caller, name, path, takes_gzip=request.takes_gzip)

    async def _publish(self, request: Request, path: TrustPath) -> Reply:
        name, caller = self._name(path.gun), await self._caller(request)
        # Before the body is read: nobody else is to make the registry parse megabytes.
        await self._services.publishing.admit(caller, name)
        body = await request.body(self._limits.upload_bytes, "the upload")
        kind, limit = request.header(b"content-type"), self._limits.files
        if len(body) <= _AT_ONCE_BYTES:
            uploads = uploaded_files(kind, body, limit)
        else:
            loop = asyncio.get_running_loop()
            uploads = await loop.run_in_executor(None, uploaded_files, kind, body, limit)
        await self._services.publishing.publish(caller, name, uploads)
        return _DONE

    async def _delete(self, request: Request, path: TrustPath) -> Reply:
        name = self._name(path.gun)
        await self._services.deletion.delete(await self._caller(request), name)
        return _DONE

    async def _present_key(self, request: Request, path: TrustPath) -> Reply:
        name, caller = self._name(path.gun), await self._caller(request)
        return _key_reply(await self._services.keys.present(caller, name, path.role))

    async def _pending_key(self, request: Request, path: TrustPath) -> Reply:
        name, caller = self._name(path.gun), await self._caller(request)
        return _key_reply(await self._services.keys.pending(caller, name, path.role))

    async def _changes(self, request: Request, path: TrustPath) -> Reply:
        name = self._name(path.gun) if path.gun else None
        caller = await self._caller(request)
        after, count = _number(request, "change_id", 0), _number(request, "records", None)
        found = await self._services.changes.page(caller, name, after, count)
        body = {"count": len(found), "records": [_record(change) for change in found]}
        return reply(200, msgspec.json.encode(body), [wire.JSON])

    def _refusal(self, request: Request, path: TrustPath, error: SealyardError) -> Reply:
        if isinstance(error, ForeignCollectionError) and request.method != "POST":
            return wire.not_found()
        if not isinstance(error, AccessError):
            return wire.refusal(error)
        scope = "registry:catalog:*"
        if path.gun:
            actions = _ACTIONS.get((request.method, path.kind), "pull")
            scope = f"repository:{path.gun}:{actions}"
        challenge = self._challenges.header(request, error, scope)
        if isinstance(error, DeniedError) and request.method == "GET":
            return wire.denied(error, challenge)
        return wire.refusal(error, challenge)


def _key_reply(key: PublicKey) -> Reply:
    """Write a key as Go's struct comes out: ``public`` before ``private``."""
    form = KeyObject.of(key)
    body = {
        "keytype": form.keytype,
        "keyval": {"public": form.keyval.public, "private": None},
    }
    return reply(200, msgspec.json.encode(body), [wire.JSON])


def _number(request: Request, name: str, default: int | None) -> int:
    text = request.query(name)
    if not text and default is not None:
        return default
    digits = (text or "").removeprefix("-")
    if not text or not digits.isascii() or not digits.isdigit() or len(digits) > 18:  # noqa: PLR2004 (fits 64 bits)
        reason = f"{name} has to be a whole number"
        raise InvalidParametersError(reason)
    return int(text)


def _record(change: TrustChange) -> dict[str, Any]:
    return {
        "ID": str(change.id),
        "CreatedAt": change.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "GUN": change.gun,
        "Version": change.version,
        "SHA256": change.sha256,
        "Category": change.category,
    }
