"""What must be true of a registry at any moment, seen from outside and on its disk."""

from __future__ import annotations

import json
import sqlite3
from base64 import b64decode
from contextlib import closing
from typing import TYPE_CHECKING, Any

from real.writers import Acknowledged, client_of, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from real.registry import Registry


def check(registry: Registry, known: Acknowledged) -> None:
    """Fail if something acknowledged is missing, or something is there in part only."""
    with client_of(registry) as client:
        _check_acknowledged(client, known)
        for repository in client.get("/v2/_catalog").json()["repositories"]:
            tags = client.get(f"/v2/{repository}/tags/list").json()["tags"]
            for tag in tags or ():
                _check_whole(client, repository, tag)
        for gun in _guns(client):
            _check_chain(client, gun)
        for gun, files in known.trust.items():
            _check_published(client, gun, files)
    check_disk(registry)


def _check_acknowledged(client: httpx.Client, known: Acknowledged) -> None:
    for (repository, digest), content in known.blobs.items():
        answer = client.head(f"/v2/{repository}/blobs/{digest}")
        assert answer.status_code == 200, (repository, digest)
        assert int(answer.headers["content-length"]) == len(content)
    for (repository, digest), content in known.manifests.items():
        assert client.get(f"/v2/{repository}/manifests/{digest}").content == content
    for repository, digest in known.deleted:
        assert client.head(f"/v2/{repository}/manifests/{digest}").status_code == 404
    for (repository, tag), digest in known.tags.items():
        answer = client.head(f"/v2/{repository}/manifests/{tag}")
        found = answer.headers["docker-content-digest"]
        assert found in {digest, *known.tried[repository, tag]}


def _check_whole(client: httpx.Client, repository: str, tag: str) -> None:
    """Whoever sees a tag gets its manifest and everything that the manifest names."""
    manifest = client.get(f"/v2/{repository}/manifests/{tag}")
    assert manifest.headers["docker-content-digest"] == digest_of(manifest.content)
    named = json.loads(manifest.content)
    for one in (named["config"], *named["layers"]):
        blob = client.get(f"/v2/{repository}/blobs/{one['digest']}")
        assert digest_of(blob.content) == one["digest"]
        assert len(blob.content) == one["size"]


def _guns(client: httpx.Client) -> Iterator[str]:
    """Find every collection whose last change was not its deletion."""
    last: dict[str, str] = {}
    after = "0"
    while records := client.get(
        "/v2/_trust/changefeed", params={"change_id": after, "records": 1000}
    ).json()["records"]:
        last |= {record["GUN"]: record["Category"] for record in records}
        after = records[-1]["ID"]
    yield from (gun for gun, category in last.items() if category == "update")


def _check_chain(client: httpx.Client, gun: str) -> dict[str, dict[str, Any]]:
    """Walk as a client does: each file is the one that the one above it names."""
    tuf = f"/v2/{gun}/_trust/tuf"
    found = {"timestamp": client.get(f"{tuf}/timestamp.json").json()["signed"]}
    for role, above in (("snapshot", "timestamp"), ("targets", "snapshot"), ("root", "snapshot")):
        digest = b64decode(found[above]["meta"][role]["hashes"]["sha256"]).hex()
        answer = client.get(f"{tuf}/{role}.{digest}.json")
        assert digest_of(answer.content) == f"sha256:{digest}"
        found[role] = answer.json()["signed"]
    for version in range(1, found["root"]["version"] + 1):
        assert client.get(f"{tuf}/{version}.root.json").status_code == 200
    return found


def _check_published(client: httpx.Client, gun: str, files: dict[str, tuple[int, bytes]]) -> None:
    found = _check_chain(client, gun)
    for role, (version, content) in files.items():
        # One more publish may have gone through whose answer was never heard.
        assert found[role]["version"] in {version, version + 1}, (gun, role)
        answer = client.get(f"/v2/{gun}/_trust/tuf/{version}.{role}.json")
        assert answer.content == content


def check_disk(registry: Registry) -> None:
    """Every file is what its name says, every row that names something finds it."""
    files = {
        f"sha256:{path.name}": path for path in (registry.data / "blobs" / "sha256").glob("*/*")
    }
    for digest, path in files.items():
        assert digest_of(path.read_bytes()) == digest
    with closing(sqlite3.connect(registry.data / "sealyard.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for digest, size in database.execute("SELECT digest, size FROM blobs"):
            assert files[digest].stat().st_size == size
        for digest, content in database.execute("SELECT digest, content FROM manifests"):
            assert digest_of(content) == digest
        assert database.execute(_DANGLING).fetchall() == []


_DANGLING = """
SELECT named.digest FROM manifest_references AS named
LEFT JOIN blob_links AS blob
  ON blob.repository_id = named.repository_id AND blob.digest = named.digest
LEFT JOIN manifests AS child
  ON child.repository_id = named.repository_id AND child.digest = named.digest
WHERE blob.digest IS NULL AND child.digest IS NULL
"""
