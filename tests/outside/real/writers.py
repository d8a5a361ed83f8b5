"""Writers that push and publish as fast as they can, and remember what was acknowledged."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from real.registry import OWNER_PASSWORD
from sealyard.trust.metadata import KeyObject
from trust_owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.registry import Registry

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(content: bytes) -> str:
    """Return the sha256 digest of ``content``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def client_of(registry: Registry) -> httpx.Client:
    """Return a client that is signed in as the first Owner."""
    context = ssl.create_default_context(cafile=str(registry.ca))
    return httpx.Client(
        base_url=registry.url, verify=context, auth=("admin", OWNER_PASSWORD), timeout=60
    )


@dataclass
class Acknowledged:
    """What the registry said was done; the last tag and version may have gone further."""

    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    deleted: set[tuple[str, str]] = field(default_factory=set)
    tags: dict[tuple[str, str], str] = field(default_factory=dict)
    tried: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    trust: dict[str, dict[str, tuple[int, bytes]]] = field(default_factory=dict)
    pushes: int = 0
    publishes: int = 0


class Writers:
    """Threads that write until the registry goes away."""

    def __init__(self, registry: Registry, count: int) -> None:
        self.registry = registry
        self.known = Acknowledged()
        self.unexpected: list[str] = []
        self._owners: dict[str, Owner] = {}
        self._count = count
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start writing: two of three threads push images, the third publishes trust data."""
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._until_gone, args=(number,))
            for number in range(self._count)
        ]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until every thread noticed that the registry is gone."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def _until_gone(self, number: int) -> None:
        work: Callable[[httpx.Client, int], None] = self._push if number % 3 else self._publish
        with suppress(httpx.TransportError), client_of(self.registry) as client:
            while not self._stopping.is_set():
                work(client, number)

    def _acknowledged(self, answer: httpx.Response, *codes: int) -> bool:
        if answer.status_code not in codes:
            asked = f"{answer.request.method} {answer.request.url.path}"
            self.unexpected.append(f"{asked}: {answer.status_code} {answer.text[:200]}")
        return answer.status_code in codes

    def _push(self, client: httpx.Client, number: int) -> None:
        repository = f"crash/image-{number}"
        layer, config = os.urandom(60_000), json.dumps({"random": os.urandom(8).hex()}).encode()
        for content in (layer, config):
            self._push_blob(client, repository, content)
        manifest = _manifest(config, layer)
        digest, key = digest_of(manifest), (repository, "latest")
        self.known.tried.setdefault(key, set()).add(digest)
        answer = client.put(
            f"/v2/{repository}/manifests/latest",
            content=manifest,
            headers={"content-type": _MANIFEST},
        )
        if self._acknowledged(answer, 201):
            self.known.pushes += 1
            before = self.known.tags.get(key)
            self.known.manifests[repository, digest] = manifest
            self.known.tags[key] = digest
            self.known.tried[key] = {digest}
            if before is not None and before < digest:
                self._delete(client, repository, before)

    def _delete(self, client: httpx.Client, repository: str, digest: str) -> None:
        # Until the answer is there it may be there or not.
        self.known.manifests.pop((repository, digest), None)
        answer = client.delete(f"/v2/{repository}/manifests/{digest}")
        if self._acknowledged(answer, 202):
            self.known.deleted.add((repository, digest))

    def _push_blob(self, client: httpx.Client, repository: str, content: bytes) -> None:
        started = client.post(f"/v2/{repository}/blobs/uploads/")
        if not self._acknowledged(started, 202):
            return
        where = started.headers["location"]
        half = len(content) // 2
        sent = client.patch(where, content=content[:half])
        if not self._acknowledged(sent, 202):
            return
        digest = digest_of(content)
        finished = client.put(
            sent.headers["location"], params={"digest": digest}, content=content[half:]
        )
        if self._acknowledged(finished, 201):
            self.known.blobs[repository, digest] = content

    def _publish(self, client: httpx.Client, number: int) -> None:
        gun = f"{self.registry.server}/crash/trust-{number}"
        files = self._next_files(client, gun)
        parts = [("files", (role, raw, "application/octet-stream")) for role, raw in files.items()]
        answer = client.post(f"/v2/{gun}/_trust/tuf/", files=parts)
        if answer.status_code == 400 and '"VERSION"' in answer.text:
            return
        if self._acknowledged(answer, 200):
            self.known.publishes += 1
            stored = self.known.trust.setdefault(gun, {})
            for role, raw in files.items():
                stored[role] = (json.loads(raw)["signed"]["version"], raw)

    def _next_files(self, client: httpx.Client, gun: str) -> dict[str, bytes]:
        owner = self._owners.get(gun)
        if owner is None or gun not in self.known.trust:
            snapshot, timestamp = (
                self._key(client, gun, role) for role in ("snapshot", "timestamp")
            )
            owner = Owner(snapshot, timestamp, gun=gun, now=datetime.now(UTC))
            self._owners[gun] = owner
            return {"root": owner.root_file(), "targets": owner.targets_file()}
        return {"targets": owner.add(f"tag-{os.urandom(4).hex()}")}

    def _key(self, client: httpx.Client, gun: str, role: str) -> Any:  # noqa: ANN401 (a PublicKey)
        answer = client.get(f"/v2/{gun}/_trust/tuf/{role}.key")
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=KeyObject).key


def _manifest(config: bytes, layer: bytes) -> bytes:
    def descriptor(kind: str, content: bytes) -> dict[str, object]:
        return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}

    named = {"config": descriptor(_CONFIG, config), "layers": [descriptor(_LAYER, layer)]}
    return json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, **named}).encode()
