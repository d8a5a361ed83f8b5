"""A trust server that does what an attacker wants, in memory, and a consumer that asks it.

The registry behind it judges uploads as a real one does; everything that is served can be
replaced, signed anew with keys that were stolen, held back or spoiled.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from msgspec.structs import replace

from sealyard.client.registry.origin import Origin
from sealyard.client.registry.requests import Network
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.service import TrustService
from sealyard.client.trust.updater import TrustReader
from sealyard.trust.generation import next_snapshot, next_timestamp
from sealyard.trust.limits import TrustLimits
from sealyard.trust.pins import Pins
from sealyard.trust.policy import PullPolicy, Verdict
from sealyard.trust.signed_file import parse_snapshot, parse_timestamp
from trust_owner import GUN, NOW, Owner, sign_file
from trust_registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sealyard.trust.trusted_set import TrustedSet
    from trust_owner import KeyPair

    Fault = Callable[[httpx.Request], httpx.Response]

LIMITS: Final = TrustLimits()


@dataclass(slots=True)
class HostileTrustServer:
    """Serves ``files`` by name. ``faults`` answer in their place; ``asked`` is every request."""

    registry: Registry = field(default_factory=Registry)
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    owner: Owner = field(init=False)

    def __post_init__(self) -> None:
        self.owner = self.registry.owner()
        self.publish(root=self.owner.root_file(), targets=self.owner.add("v1"))

    def publish(self, **files: bytes) -> None:
        """Take an honest upload; roles are spelled with ``__`` for the slash."""
        self.registry.publish(**files)
        self.show()

    def show(self) -> None:
        """Serve what the registry has now, beside everything it ever had by hash and version."""
        for role, stored in self.registry.files.items():
            self.put(role, stored.raw)
        self.files |= {f"{number}.root.json": raw for number, raw in self.registry.roots.items()}

    def put(self, role: str, raw: bytes) -> None:
        """Serve ``raw`` as the present file of ``role``, whatever it is."""
        self.files[f"{role}.json"] = raw
        self.files[f"{role}.{_sha256(raw)}.json"] = raw

    def present(self, role: str) -> bytes:
        """Return the present file of ``role``."""
        return self.files[f"{role}.json"]

    def saved(self) -> dict[str, bytes]:
        """Return everything that is served, to be brought back later."""
        return dict(self.files)

    def seal(self, roles: dict[str, bytes], *, snapshot: int = 0, timestamp: int = 0) -> None:
        """Sign a snapshot and timestamp around ``roles`` with the registry's keys, unjudged.

        The versions are the next ones unless they are given.
        """
        for role, raw in roles.items():
            self.put(role, raw)
        before = parse_snapshot(self.present("snapshot"), LIMITS).content
        expires = self.registry.now + LIMITS.snapshot_lifetime
        content = next_snapshot(before, roles, snapshot or before.version + 1, expires)
        self.put("snapshot", sign_file(content, [self.registry.snapshot]))
        self.stamp(timestamp)

    def drop(self, role: str) -> None:
        """Sign a snapshot that has forgotten ``role``, and a timestamp for it."""
        before = parse_snapshot(self.present("snapshot"), LIMITS).content
        meta = {name: info for name, info in before.meta.items() if name != role}
        content = replace(before, meta=meta, version=before.version + 1)
        self.put("snapshot", sign_file(content, [self.registry.snapshot]))
        self.stamp()

    def stamp(self, version: int = 0, *, pair: KeyPair | None = None, days: int = 14) -> None:
        """Sign a timestamp for the present snapshot, with the registry's key unless given."""
        before = parse_timestamp(self.present("timestamp"), LIMITS).content
        expires = self.registry.now + timedelta(days=days)
        content = next_timestamp(self.present("snapshot"), version or before.version + 1, expires)
        self.put("timestamp", sign_file(content, [pair or self.registry.timestamp]))

    def go_down(self, status: int = 0) -> None:
        """Answer nothing any more, or only ``status``."""
        self.faults["*"] = (lambda _request: _sent(status)) if status else _silent

    def name_of(self, role: str) -> str:
        """Return the name by hash of the present file of ``role``."""
        return f"{role}.{_sha256(self.present(role))}.json"

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.url.path == "/v2/":
            return self._fault("*", request) or _sent(200)
        name = request.url.path.partition("/_trust/tuf/")[2]
        self.asked.append(name)
        spoiled = self._fault(name, request) or self._fault("*", request)
        if spoiled is not None:
            return spoiled
        raw = self.files.get(name)
        return _sent(404) if raw is None else _sent(200, raw)

    def _fault(self, name: str, request: httpx.Request) -> httpx.Response | None:
        fault = self.faults.get(name)
        return None if fault is None else fault(request)


@dataclass(slots=True)
class Consumer:
    """Somebody who pulls from ``server`` and remembers in ``folder``."""

    server: HostileTrustServer
    folder: Path
    pins: Pins = field(default_factory=Pins)
    limits: TrustLimits = LIMITS
    gun: str = GUN
    now: datetime = NOW
    notices: list[str] = field(default_factory=list)

    def reader(self) -> TrustReader:
        """Return a reader as a new process has it."""
        network = Network(httpx.MockTransport(self.server.answer), lambda _seconds: None)
        origin = Origin("https://localhost:5443", network, lambda: None, Path("/certificates"))
        return TrustReader(
            TrustService(origin, self.gun),
            TrustCache(self.folder, self.gun),
            self.pins,
            lambda: self.now,
            self.limits,
            self.notices.append,
        )

    def refresh(self) -> TrustedSet:
        """Walk the trust data."""
        return self.reader().refresh()

    def pull(self, tag: str = "v1", policy: PullPolicy | None = None) -> Verdict:
        """Return what ``tag`` stands for."""
        return (policy or PullPolicy.any_signer()).judge(self.refresh(), tag)

    def cached(self) -> dict[str, bytes]:
        """Return everything that is remembered."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*.json")
        }

    @contextmanager
    def refuses(self, kind: type[Exception], *words: str) -> Iterator[None]:
        """Expect an error that says ``words``, and that nothing new is remembered after it."""
        before = self.cached()
        with pytest.raises(kind) as caught:
            yield
        for word in words:
            assert word in str(caught.value)
        assert self.cached() == before


def endless(request: httpx.Request) -> httpx.Response:
    """Answer with data that has no end."""

    def pieces() -> Iterator[bytes]:
        while True:
            yield b" " * 65536

    return httpx.Response(200, content=pieces(), request=request)


def too_slow(request: httpx.Request) -> httpx.Response:
    """Answer so slowly that the client's patience ends."""
    message = "no answer in time"
    raise httpx.ReadTimeout(message, request=request)


def _silent(request: httpx.Request) -> httpx.Response:
    message = "nobody there"
    raise httpx.ConnectError(message, request=request)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _sent(status: int, raw: bytes = b"") -> httpx.Response:
    return httpx.Response(status, content=iter([raw]))  # unread, as it comes from a network
