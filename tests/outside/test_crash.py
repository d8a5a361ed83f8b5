"""Killed at any moment, the registry loses nothing it acknowledged and shows nothing half done."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from base64 import b64decode
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from real.registry import Cli, Registry
from real.writers import Writers, client_of, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

ROUNDS, WRITERS = 12, 6
MOST_PUSHES = 200  # fewer than these and the test has not tried hard enough


@pytest.fixture
def crashing(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path).start()
    owner = Cli(registry, tmp_path / "owner")
    owner.login().ok()
    owner.trust("enabled").ok()
    owner.grant("AcrImageSigner", "admin@myregistry.local").ok()
    yield registry
    registry.stop()


def test_kill_9_at_random_points_of_hundreds_of_pushes_and_publishes(crashing: Registry) -> None:
    seed = time.time_ns()
    chance = random.Random(seed)  # noqa: S311 (when to kill, not a secret)
    writers = Writers(crashing, WRITERS)
    for _ in range(ROUNDS):
        writers.start()
        time.sleep(chance.uniform(0.3, 2.5))
        crashing.kill()
        writers.join()
        assert not writers.unexpected, (seed, writers.unexpected[:3])
        crashing.start()
        _check_everything(crashing, writers)
    done = len(writers.known.manifests) + writers.known.publishes
    assert done >= MOST_PUSHES, f"only {done} pushes and publishes were acknowledged"


def _check_everything(registry: Registry, writers: Writers) -> None:
    known = writers.known
    with client_of(registry) as client:
        for (repository, digest), content in known.blobs.items():
            answer = client.head(f"/v2/{repository}/blobs/{digest}")
            assert answer.status_code == 200, (repository, digest)
            assert int(answer.headers["content-length"]) == len(content)
        for (repository, digest), content in known.manifests.items():
            assert client.get(f"/v2/{repository}/manifests/{digest}").content == content
        for (repository, tag), digest in known.tags.items():
            answer = client.get(f"/v2/{repository}/manifests/{tag}")
            assert answer.headers["docker-content-digest"] in {
                digest,
                *known.tried[repository, tag],
            }
            _check_whole(client, repository, answer.content)
        for gun, files in known.trust.items():
            _check_trust(client, gun, files)
    _check_disk(registry)


def _check_whole(client: httpx.Client, repository: str, manifest: bytes) -> None:
    named = json.loads(manifest)
    for one in (named["config"], *named["layers"]):
        blob = client.get(f"/v2/{repository}/blobs/{one['digest']}")
        assert digest_of(blob.content) == one["digest"]


def _check_trust(client: httpx.Client, gun: str, files: dict[str, tuple[int, bytes]]) -> None:
    """Walk the chain as a client does: each file is the one that the one above it names."""
    tuf = f"/v2/{gun}/_trust/tuf"
    timestamp = client.get(f"{tuf}/timestamp.json").json()["signed"]
    snapshot = _named(client, tuf, "snapshot", timestamp)
    targets = _named(client, tuf, "targets", snapshot)
    root = _named(client, tuf, "root", snapshot)
    assert client.get(f"{tuf}/1.root.json").content == files["root"][1]
    assert root["version"] >= files["root"][0]
    version, acknowledged = files["targets"]
    assert targets["version"] in {version, version + 1}
    if targets["version"] == version:
        assert client.get(f"{tuf}/targets.json").content == acknowledged


def _named(client: httpx.Client, tuf: str, role: str, above: dict[str, Any]) -> dict[str, Any]:
    hashes = above["meta"][role]["hashes"]
    digest = b64decode(hashes["sha256"]).hex()
    answer = client.get(f"{tuf}/{role}.{digest}.json")
    assert digest_of(answer.content) == f"sha256:{digest}"
    signed: dict[str, Any] = answer.json()["signed"]
    return signed


def _check_disk(registry: Registry) -> None:
    """Every file is what its name says, and every row that names a blob has its file."""
    blobs = registry.data / "blobs"
    found = set()
    for path in (blobs / "sha256").glob("*/*"):
        assert digest_of(path.read_bytes()) == f"sha256:{path.name}"
        found.add(f"sha256:{path.name}")
    with closing(sqlite3.connect(registry.data / "sealyard.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        linked = {row[0] for row in database.execute("SELECT DISTINCT digest FROM blob_links")}
    assert linked <= found
