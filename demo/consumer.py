"""What docker does when it pulls with content trust: verify, then pull by digest."""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from sealyard.trust.errors import NotSignedError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.trusted_set import TrustedSet

if TYPE_CHECKING:
    from pathlib import Path


class Consumer:
    """Somebody who pulls for the first time."""

    def __init__(self, server: str, ca: Path, user: str, password: str) -> None:
        context = ssl.create_default_context(cafile=str(ca))
        self._server = server
        self._http = httpx.Client(
            base_url=f"https://{server}", verify=context, auth=(user, password)
        )

    def pull(self, repository: str, tag: str) -> str:
        """Return the digest of the verified image; raise ``NotSignedError`` or its kin."""
        digest = self._verified_digest(repository, tag)
        answer = self._http.get(f"/v2/{repository}/manifests/sha256:{digest}").raise_for_status()
        if hashlib.sha256(answer.content).hexdigest() != digest:
            raise NotSignedError(tag)
        return f"sha256:{digest}"

    def _verified_digest(self, repository: str, tag: str) -> str:
        gun = f"{self._server}/{repository}"
        tuf = f"/v2/{gun}/_trust/tuf/"
        root = self._http.get(f"{tuf}root.json")
        if root.status_code == httpx.codes.NOT_FOUND:
            raise NotSignedError(tag)
        trusted = TrustedSet.on_first_use(gun, root.content, datetime.now(UTC), TrustLimits())
        trusted.finish_roots()
        trusted.update_timestamp(self._http.get(f"{tuf}timestamp.json").content)
        trusted.update_snapshot(self._http.get(f"{tuf}snapshot.json").content)
        trusted.update_targets(self._http.get(f"{tuf}targets.json").content)
        return trusted.lookup(tag).info.hashes["sha256"].hex()
