"""What is put into the servers before they are measured: images, tags, repositories, trust data."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from sealyard.trust.metadata import FileInfo, KeyObject
from trust_owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from servers import Server

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_WRITERS = 4


class Connection:
    """One kept connection to a server, with its authorization."""

    def __init__(self, server: Server) -> None:
        host = server.host
        if server.base.startswith("https"):
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, context=server.context(), timeout=300
            )
        else:
            self._http = http.client.HTTPConnection(host, timeout=300)
        self._server = server

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "application/octet-stream"
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request; return status, headers in lower case, and body."""
        headers = {"content-type": kind, "accept": f"{MANIFEST}, */*"}
        if self._server.authorization:
            headers["authorization"] = self._server.authorization
        self._http.request(method, path, body=body, headers=headers)
        answer = self._http.getresponse()
        content = answer.read()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, content

    def must(self, code: int, method: str, path: str, body: bytes = b"", kind: str = "") -> bytes:
        """Send a request that has to be answered with ``code``; return the body."""
        status, _, content = self.ask(method, path, body, kind or "application/octet-stream")
        if status != code:
            message = f"{self._server.name}: {method} {path}: {status} {content[:300]!r}"
            raise SystemExit(message)
        return content

    def push_blob(self, repository: str, content: bytes) -> str:
        """Push a small blob; return its digest."""
        digest = digest_of(content)
        _, headers, _ = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
        location = headers["location"]
        if location.startswith("http"):
            location = "/" + location.split("/", 3)[3]
        glue = "&" if "?" in location else "?"
        self.must(201, "PUT", f"{location}{glue}digest={digest}", content)
        return digest

    def close(self) -> None:
        """Close it."""
        self._http.close()


def digest_of(content: bytes) -> str:
    """Return the sha256 digest of ``content``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def random_file(path: Path, size: int) -> str:
    """Fill a file with ``size`` random bytes; return its digest."""
    running = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size >> 20):
            piece = os.urandom(1 << 20)
            running.update(piece)
            file.write(piece)
    return "sha256:" + running.hexdigest()


def manifest(config: bytes, layer: bytes) -> bytes:
    """Return a manifest over two blobs, formatted as docker does."""

    def descriptor(kind: str, content: bytes) -> dict[str, object]:
        return {"mediaType": kind, "size": len(content), "digest": digest_of(content)}

    named = {"config": descriptor(_CONFIG, config), "layers": [descriptor(_LAYER, layer)]}
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, **named}, indent=3).encode()


def push_image(server: Server, repository: str, layer: bytes, tags: Iterable[str]) -> str:
    """Push an image under many tags; return its digest."""
    connection = Connection(server)
    config = json.dumps({"architecture": "amd64", "os": "linux"}).encode()
    for content in (config, layer):
        connection.push_blob(repository, content)
    connection.close()
    raw = manifest(config, layer)
    _side_by_side(
        server,
        tags,
        lambda one, tag: one.must(201, "PUT", f"/v2/{repository}/manifests/{tag}", raw, MANIFEST),
    )
    return digest_of(raw)


def push_repositories(server: Server, source: str, count: int) -> None:
    """Make ``count`` repositories that each hold one image, mounted from ``source``."""
    config, layer = json.dumps({"architecture": "amd64", "os": "linux"}).encode(), b"layer"
    raw = manifest(config, layer)

    def one(connection: Connection, name: str) -> None:
        for content in (config, layer):
            mount = f"mount={digest_of(content)}&from={source}"
            connection.must(201, "POST", f"/v2/{name}/blobs/uploads/?{mount}")
        connection.must(201, "PUT", f"/v2/{name}/manifests/1", raw, MANIFEST)

    push_image(server, source, layer, ["1"])
    _side_by_side(server, (f"many/r{number:05}" for number in range(count)), one)


def _side_by_side(
    server: Server, names: Iterable[str], work: Callable[[Connection, str], object]
) -> None:
    def some(mine: list[str]) -> None:
        connection = Connection(server)
        for name in mine:
            work(connection, name)
        connection.close()

    listed = list(names)
    with ThreadPoolExecutor(_WRITERS) as pool:
        for done in [pool.submit(some, listed[start::_WRITERS]) for start in range(_WRITERS)]:
            done.result()


class TrustRepository:
    """The owner of one repository's trust data on one server."""

    def __init__(self, server: Server, repository: str) -> None:
        self.gun = f"{server.host}/{repository}"
        self.tuf = f"/v2/{self.gun}/_trust/tuf/"
        connection = Connection(server)
        snapshot, timestamp = (
            msgspec.json.decode(
                connection.must(200, "GET", f"{self.tuf}{role}.key"), type=KeyObject
            ).key
            for role in ("snapshot", "timestamp")
        )
        connection.close()
        self._owner = Owner(snapshot, timestamp, gun=self.gun, now=datetime.now(UTC))
        self._first = True

    def next_publish(self, tags: int) -> tuple[bytes, str]:
        """Return body and type of the next publish, whose targets name ``tags`` new digests."""
        files = {"root": self._owner.root_file()} if self._first else {}
        self._first = False
        named = {
            f"tag-{number}": FileInfo(hashes={"sha256": os.urandom(32)}, length=1000 + number)
            for number in range(tags)
        }
        files["targets"] = self._owner.change(targets=named)
        return _multipart(files)


def publish_all(server: Server, repository: TrustRepository, tags: Iterable[int]) -> None:
    """Publish once for each number of tags."""
    connection = Connection(server)
    for count in tags:
        body, kind = repository.next_publish(count)
        connection.must(200, "POST", repository.tuf, body, kind)
    connection.close()


def _multipart(files: dict[str, bytes]) -> tuple[bytes, str]:
    boundary = os.urandom(16).hex()
    body = b""
    for role, raw in files.items():
        named = f'Content-Disposition: form-data; name="files"; filename="{role}"'
        head = f"--{boundary}\r\n{named}\r\nContent-Type: application/octet-stream\r\n\r\n"
        body += head.encode() + raw + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
