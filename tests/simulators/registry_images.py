"""A whole server in process, and small images pushed to it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx

from directory_setup import OWNER, OWNER_PASSWORD
from management_setup import InProcess
from sealyard.bootstrap.application import Application
from sealyard.bootstrap.prepare import prepare
from sealyard.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = "http://localhost:5443"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


class Images:
    """Pushes small images and remembers their text by digest."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        auth = (OWNER, OWNER_PASSWORD)
        self.http = httpx.Client(base_url=SERVER, transport=transport, auth=auth)
        self.pushed: dict[str, str] = {}

    def push(
        self, repository: str, tag: str, content: str, config: dict[str, str] | None = None
    ) -> str:
        """Push an image whose layer is ``content``; return its digest."""
        blobs = [
            self._blob(repository, json.dumps(config or {}).encode()),
            self._blob(repository, content.encode()),
        ]
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, **blobs[0]},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **blobs[1]}],
        }
        return self._manifest(repository, tag, document)

    def push_index(self, repository: str, tag: str, digest: str, architecture: str) -> str:
        """Push an index of one image; return its digest."""
        platform = {"architecture": architecture, "os": "linux"}
        child = {**self._descriptor(digest), "platform": platform}
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}
        return self._manifest(repository, tag, document)

    def push_referrer(self, repository: str, digest: str) -> str:
        """Push something that names an image as its subject; return its digest."""
        document = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "artifactType": "application/vnd.example.signature",
            "manifests": [],
            "subject": self._descriptor(digest),
        }
        return self._manifest(repository, "", document)

    def _manifest(self, repository: str, tag: str, document: dict[str, Any]) -> str:
        text = json.dumps(document)
        digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        answer = self.http.put(
            f"/v2/{repository}/manifests/{tag or digest}",
            content=text.encode(),
            headers={"Content-Type": document["mediaType"]},
        )
        assert answer.status_code == 201, answer.text
        self.pushed[digest] = text
        return digest

    def _descriptor(self, digest: str) -> dict[str, Any]:
        return {"mediaType": MANIFEST, "digest": digest, "size": len(self.pushed[digest])}

    def _blob(self, repository: str, content: bytes) -> dict[str, str | int]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = f"/v2/{repository}/blobs/uploads/"
        answer = self.http.post(path, params={"digest": digest}, content=content)
        assert answer.status_code == 201, answer.text
        return {"digest": digest, "size": len(content)}


def running(folder: Path) -> Iterator[InProcess]:
    """Start a server without sockets, and yield how to reach it."""
    given = {"data_dir": str(folder / "data"), "listen": "localhost:5443", "tls": "off"}
    settings = load(given, {"SEALYARD_ADMIN_PASSWORD": OWNER_PASSWORD}, None)
    (folder / "data" / "run").mkdir(parents=True)
    assert prepare(settings, lambda _text: None) == 0
    application = Application(settings)
    yield InProcess(application.asgi)
    application.close()
