"""Somebody's machine with keys, before a trust server in memory that takes what is published."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

from answers import Answers
from hostile_trust_server import HostileTrustServer
from sealyard.client.registry.origin import Origin
from sealyard.client.registry.requests import Network
from sealyard.client.trust.cache import TrustCache
from sealyard.client.trust.editor import Editor
from sealyard.client.trust.key_store import KeyStore
from sealyard.client.trust.publisher import Publisher
from sealyard.client.trust.rotation import Rotation
from sealyard.client.trust.service import TrustService
from sealyard.client.trust.signers import Signers
from sealyard.client.trust.updater import TrustReader
from sealyard.oci.digest import Digest
from sealyard.trust.errors import InvalidUpdateError, StaleUpdateError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.metadata import KeyObject
from sealyard.trust.pins import Pins
from sealyard.trust.policy import PullPolicy
from trust_owner import GUN, NOW, KeyPair

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sealyard.trust.policy import Verdict
    from sealyard.trust.private_key import PrivateKey

ONE, OTHER = Digest.of(b"one image"), Digest.of(b"another image")
SIZE = 523
_PART = re.compile(
    rb'Content-Disposition: form-data; name="files"; filename="([^"]+)"\r\n'
    rb"Content-Type: application/octet-stream\r\n\r\n(.*)\r\n",
    re.DOTALL,
)


@dataclass(slots=True)
class PublishingServer(HostileTrustServer):
    """Takes publishes as a registry does. ``published`` are the roles of each that was taken.

    ``rivals`` are called, one before each publish is looked at: others who are faster. ``refusal``
    is what every publish is answered with.
    """

    published: list[list[str]] = field(default_factory=list)
    rivals: deque[Callable[[], object]] = field(default_factory=deque)
    refusal: httpx.Response | None = None

    @classmethod
    def empty(cls) -> PublishingServer:
        """Return a server without trust data."""
        server = cls()
        server.remove()
        return server

    def remove(self) -> None:
        """Delete all trust data."""
        self.files.clear()
        self.registry.files.clear()
        self.registry.roots.clear()

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        name = request.url.path.partition("/_trust/tuf/")[2]
        if request.method == "POST" and not name:
            return self.refusal or self._publish(request)
        if name.endswith(".key"):
            self.asked.append(f"{request.method} {name}")
            pair = self._pair(name.removesuffix(".key"), new=request.method == "POST")
            key = msgspec.json.encode(KeyObject.of(pair.public))
            return httpx.Response(200, content=iter([key]))
        # Not super(): a dataclass with slots is another class than the one that is written here.
        return HostileTrustServer.answer(self, request)

    def _pair(self, role: str, *, new: bool) -> KeyPair:
        if new:
            setattr(self.registry, role, self.registry.hold(KeyPair.bare()))
        pair: KeyPair = getattr(self.registry, role)
        return pair

    def _publish(self, request: httpx.Request) -> httpx.Response:
        parts = request.read().split(b"--" + _boundary(request))[1:-1]
        files = {}
        for part in parts:
            match = _PART.fullmatch(part.removeprefix(b"\r\n"))
            assert match is not None, part[:200]
            files[match[1].decode()] = match[2]
        if files and self.rivals:
            self.rivals.popleft()()
        try:
            self.registry.publish_files(files)
        except StaleUpdateError as error:
            return refused("VERSION", str(error))
        except InvalidUpdateError as error:
            return refused("INVALID_UPDATE", str(error))
        self.published.append(list(files))
        self.show()
        return httpx.Response(200, content=iter([b""]))


@dataclass(slots=True)
class Machine:
    """One person's docker folder and keys. Each method gives what a new process has."""

    server: PublishingServer
    folder: Path
    gun: str = GUN
    now: datetime = NOW
    answers: Answers = field(default_factory=Answers)
    notices: list[str] = field(default_factory=list)

    def keys(self) -> KeyStore:
        return KeyStore(self.folder, self.answers, self.notices.append, iterations=1)

    def editor(self) -> Editor:
        network = Network(httpx.MockTransport(self.server.answer), lambda _seconds: None)
        origin = Origin("https://localhost:5443", network, lambda: None, Path("/certificates"))
        service, cache = TrustService(origin, self.gun), TrustCache(self.folder, self.gun)
        reader = TrustReader(
            service, cache, Pins(), lambda: self.now, TrustLimits(), self.notices.append
        )
        return Editor(
            service, reader, self.keys(), cache, self.folder, lambda: self.now, self.notices.append
        )

    def publisher(self, signer: str | None = None) -> Publisher:
        return Publisher(self.editor(), signer)

    def signers(self) -> Signers:
        return Signers(self.editor())

    def rotation(self) -> Rotation:
        return Rotation(self.editor())

    def sign(self, tag: str, digest: Digest = ONE) -> tuple[str, ...]:
        """Sign ``tag``; return the roles."""
        return self.publisher().sign(tag, digest, SIZE).tags[0].roles

    def new_key(self, role: str) -> PrivateKey:
        """Make a key that is here."""
        return self.keys().create(role)

    def pull(self, tag: str) -> Verdict:
        """Return what a consumer with this folder believes of ``tag``."""
        return PullPolicy.any_signer().judge(self.editor().reader.refresh(), tag)

    def says(self, tag: str) -> str:
        """Return the digest that a consumer gets for ``tag``."""
        return self.pull(tag).info.hashes["sha256"].hex()


def new_signer(server: PublishingServer, owner: Machine, folder: Path, name: str) -> Machine:
    """Return the machine of a new signer, added by the owner."""
    machine = Machine(server, folder / name)
    owner.signers().add(name, [machine.new_key(name).public])
    return machine


def refused(code: str, message: str) -> httpx.Response:
    """Answer as a server that refuses a publish."""
    error = {
        "code": code,
        "message": message,
        "detail": {"Name": "ErrValidation", "Error": {"Msg": message}},
    }
    return httpx.Response(400, json={"errors": [error]})


def _boundary(request: httpx.Request) -> bytes:
    return str(request.headers["Content-Type"]).partition("boundary=")[2].encode()
