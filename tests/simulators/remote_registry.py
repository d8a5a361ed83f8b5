"""A registry on the other side of our client, in memory: blobs, manifests, tags, uploads, tokens.

It is a function from a request to an answer (``transport``). It counts the requests, and fails the
way a test says: ``faults`` are asked first, one at a time, each for one request it knows.
"""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx

from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.origin import unheard
from sealyard.client.registry.origins import Origins
from sealyard.client.registry.repository import RemoteRepository
from sealyard.client.registry.requests import Network
from sealyard.client.registry.tls import Certificates
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable

    Fault = Callable[[httpx.Request], httpx.Response | Exception | None]

HOST = "registry.test:5443"
ALICE = Credential("alice", "secret of alice")
_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs|tags)/(?P<rest>.+)")


@dataclass
class Upload:
    """Bytes on their way."""

    repository: str
    content: bytes = b""


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class RemoteRegistry:
    """The registry. ``scheme`` is how it wants to be signed in to: bearer, basic or none."""

    scheme: str = "bearer"
    host: str = HOST
    token_life: int = 300
    blobs: dict[tuple[str, Digest], bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, Digest], tuple[bytes, str]] = field(default_factory=dict)
    tags: dict[tuple[str, str], Digest] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.tokens: dict[str, tuple[frozenset[str], float]] = {}

    # --- what tests make of it

    def origins(
        self, credential: Credential | None = ALICE, notice: Callable[[str], None] = unheard
    ) -> Origins:
        """Return our client's way to it."""
        transport = httpx.MockTransport(self.answer)
        network = Network(transport, self.clock.sleep, self.clock)
        certificates = Certificates(folders=())
        return Origins(certificates, lambda _: credential, notice=notice, network=network)

    def repository(self, name: str = "team/app") -> RemoteRepository:
        """Return one of its repositories, as our client has it."""
        return RemoteRepository(self.origins().registry(self.host), name)

    def add_blob(self, content: bytes, name: str = "team/app") -> Digest:
        """Put a blob there without a request."""
        digest = Digest.of(content)
        self.blobs[name, digest] = content
        return digest

    def add_manifest(
        self, content: bytes, media_type: str, tag: str | None = None, name: str = "team/app"
    ) -> Digest:
        """Put a manifest there without a request."""
        digest = Digest.of(content)
        self.manifests[name, digest] = (content, media_type)
        if tag is not None:
            self.tags[name, tag] = digest
        return digest

    def asked(self) -> list[str]:
        """Return the requests so far, as ``METHOD /path``, without how one signs in."""
        return [
            f"{request.method} {request.url.path}"
            for request in self.requests
            if request.url.path not in {"/v2/", "/token"}
        ]

    # --- the server

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests.append(request)
        answer = self._faulty(request) or self._right(request)
        if request.method == "HEAD":
            return httpx.Response(answer.status_code, headers=answer.headers)
        return answer

    def _faulty(self, request: httpx.Request) -> httpx.Response | None:
        for fault in tuple(self.faults):
            outcome = fault(request)
            if outcome is not None:
                self.faults.remove(fault)
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome
        return None

    def _right(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if request.url.path == "/token":
            return self._token(request)
        if not self._is_signed(request):
            return self._challenge()
        if request.url.path == "/v2/":
            return httpx.Response(200, json={})
        if request.url.path == "/v2/_catalog":
            names = sorted({name for name, _ in self.manifests})
            return httpx.Response(200, json={"repositories": names})
        return self._of_repository(request)

    def _of_repository(self, request: httpx.Request) -> httpx.Response:
        found = _PATH.fullmatch(request.url.path)
        if found is None:
            return _refused(404, "NAME_UNKNOWN")
        answers = {"manifests": self._manifest, "blobs": self._blob, "tags": self._tags}
        return answers[found["kind"]](request, found["name"], found["rest"])

    def _is_signed(self, request: httpx.Request) -> bool:
        said = str(request.headers.get("Authorization", ""))
        if self.scheme == "none":
            return True
        if self.scheme == "basic":
            return said == _basic(ALICE)
        _, ends = self.tokens.get(said.removeprefix("Bearer "), (frozenset(), 0.0))
        return self.clock.now < ends

    def _challenge(self) -> httpx.Response:
        bearer = f'Bearer realm="https://{self.host}/token",service="{self.host}"'
        header = bearer if self.scheme == "bearer" else 'Basic realm="registry"'
        refused = _refused(401, "UNAUTHORIZED")
        refused.headers["WWW-Authenticate"] = header
        return refused

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        said = request.headers.get("Authorization")
        if said not in {None, _basic(ALICE)} and not form:
            return _refused(401, "UNAUTHORIZED")
        scopes = form.get("scope") or request.url.params.get_list("scope")
        value = f"token-{len(self.requests)}"
        self.tokens[value] = (frozenset(scopes), self.clock.now + self.token_life)
        return httpx.Response(200, json={"token": value, "expires_in": self.token_life})

    def _manifest(self, request: httpx.Request, name: str, reference: str) -> httpx.Response:
        digest = Digest.parse(reference) if ":" in reference else self.tags.get((name, reference))
        if request.method == "PUT":
            digest = self.add_manifest(request.content, request.headers["Content-Type"], name=name)
            if ":" not in reference:
                self.tags[name, reference] = digest
            return httpx.Response(201)
        if digest is None or (name, digest) not in self.manifests:
            return _refused(404, "MANIFEST_UNKNOWN")
        if request.method == "DELETE":
            if ":" in reference:
                del self.manifests[name, digest]
            else:
                del self.tags[name, reference]
            return httpx.Response(202)
        content, media_type = self.manifests[name, digest]
        headers = {"Content-Type": media_type, "Docker-Content-Digest": str(digest)}
        if request.method == "HEAD":
            return httpx.Response(200, headers={**headers, "Content-Length": str(len(content))})
        return httpx.Response(200, headers=headers, content=content)

    def _tags(self, _request: httpx.Request, name: str, _rest: str) -> httpx.Response:
        found = sorted(tag for repository, tag in self.tags if repository == name)
        return httpx.Response(200, json={"name": name, "tags": found})

    def _blob(self, request: httpx.Request, name: str, rest: str) -> httpx.Response:
        if rest.startswith("uploads/"):
            return self._upload(request, name, rest.removeprefix("uploads/"))
        content = self.blobs.get((name, Digest.parse(rest)))
        if content is None:
            return _refused(404, "BLOB_UNKNOWN")
        if request.method == "HEAD":
            return httpx.Response(200, headers={"Content-Length": str(len(content))})
        said = request.headers.get("Range")
        if said is None:
            return httpx.Response(200, content=content)
        first = int(said.removeprefix("bytes=").removesuffix("-"))
        headers = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
        return httpx.Response(206, headers=headers, content=content[first:])

    def _upload(self, request: httpx.Request, name: str, upload: str) -> httpx.Response:
        if request.method == "POST":
            return self._started(request, name)
        if upload not in self.uploads:
            return _refused(404, "BLOB_UPLOAD_UNKNOWN")
        if request.method == "DELETE":
            del self.uploads[upload]
            return httpx.Response(204)
        return self._received(request, name, upload)

    def _received(self, request: httpx.Request, name: str, upload: str) -> httpx.Response:
        going = self.uploads[upload]
        said = request.headers.get("Content-Range")
        if said is not None and int(said.partition("-")[0]) != len(going.content):
            return _refused(416, "BLOB_UPLOAD_INVALID")
        going.content += request.content
        location = {"Location": f"/v2/{name}/blobs/uploads/{upload}"}
        if request.method == "PUT":
            digest = Digest.parse(request.url.params["digest"])
            if Digest.of(going.content) != digest:
                return _refused(400, "DIGEST_INVALID")
            self.blobs[name, digest] = self.uploads.pop(upload).content
            return httpx.Response(201, headers=location)
        location["Range"] = f"0-{max(len(going.content) - 1, 0)}"
        return httpx.Response(204 if request.method == "GET" else 202, headers=location)

    def _started(self, request: httpx.Request, name: str) -> httpx.Response:
        if "mount" in request.url.params:
            digest = Digest.parse(request.url.params["mount"])
            content = self.blobs.get((request.url.params["from"], digest))
            if content is not None:
                self.blobs[name, digest] = content
                return httpx.Response(201, headers={"Location": f"/v2/{name}/blobs/{digest}"})
        upload = f"u{len(self.requests)}"
        self.uploads[upload] = Upload(name)
        return httpx.Response(202, headers={"Location": f"/v2/{name}/blobs/uploads/{upload}"})


def _refused(status: int, code: str) -> httpx.Response:
    content = json.dumps({"errors": [{"code": code, "message": f"no: {code}"}]})
    return httpx.Response(status, content=content)


def _basic(credential: Credential) -> str:
    pair = f"{credential.name}:{credential.password}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
