"""What docker does when it pushes with content trust: push, then sign."""

from __future__ import annotations

import hashlib
import json
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import msgspec

from sealyard.trust.metadata import FileInfo, KeyObject
from trust_owner import Owner

if TYPE_CHECKING:
    from pathlib import Path

    from sealyard.trust.keys import PublicKey

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class RefusedError(Exception):
    """The registry did not take the signature; its reason is the message."""


class Publisher:
    """Somebody with keys of its own, one pair of a root and a repository key per repository."""

    def __init__(self, server: str, ca: Path, user: str, password: str) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        self._server = server
        self._http = httpx.Client(
            base_url=f"https://{server}", verify=context, auth=(user, password)
        )
        self._owners: dict[str, Owner] = {}
        self._sizes: dict[str, int] = {}

    def push(self, repository: str, tag: str, content: bytes) -> str:
        """Push an image of one layer; return its digest."""
        layer = self._blob(repository, content, "application/vnd.oci.image.layer.v1.tar")
        config = self._blob(repository, b"{}", "application/vnd.oci.image.config.v1+json")
        named = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": [layer]}
        raw = json.dumps(named).encode()
        answer = self._http.put(
            f"/v2/{repository}/manifests/{tag}", content=raw, headers={"content-type": _MANIFEST}
        )
        answer.raise_for_status()
        digest = answer.headers["docker-content-digest"]
        self._sizes[digest] = len(raw)
        return str(digest)

    def sign(self, repository: str, tag: str, digest: str) -> None:
        """Vouch for ``tag`` being ``digest``; raise ``RefusedError``."""
        gun = f"{self._server}/{repository}"
        owner = Owner(
            self._key(gun, "snapshot"), self._key(gun, "timestamp"), gun=gun, now=datetime.now(UTC)
        )
        info = FileInfo({"sha256": bytes.fromhex(digest[7:])}, self._sizes[digest])
        files = {"root": owner.root_file(), "targets": owner.change(targets={tag: info})}
        parts = [("files", (role, raw)) for role, raw in files.items()]
        answer = self._http.post(f"/v2/{gun}/_trust/tuf/", files=parts)
        if answer.is_error:
            raise RefusedError(answer.json()["errors"][0]["detail"]["Error"]["Msg"])

    def _key(self, gun: str, role: str) -> PublicKey:
        answer = self._http.get(f"/v2/{gun}/_trust/tuf/{role}.key").raise_for_status()
        return msgspec.json.decode(answer.content, type=KeyObject).key

    def _blob(self, repository: str, content: bytes, kind: str) -> dict[str, object]:
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        started = self._http.post(f"/v2/{repository}/blobs/uploads/").raise_for_status()
        where = started.headers["location"]
        self._http.put(where, params={"digest": digest}, content=content).raise_for_status()
        return {"mediaType": kind, "digest": digest, "size": len(content)}
