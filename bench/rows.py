"""The rows of the table: what is done to both sides, and how much better we mean to be."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from base64 import b64decode
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from contents import MANIFEST, Connection, TrustRepository, digest_of
from loads import Measured, download, gets, heads, measured, push_blobs, puts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servers import Server

SECONDS = 2.0  # of each load of small requests
_PULLS = 40


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: the same server twice, or the two peers."""

    registry: Server
    trust: Server
    image: str  # the digest of bench/image

    def tuf(self, tags: int) -> str:
        """Return where the trust data with ``tags`` tags are."""
        return f"/v2/{self.trust.host}/bench/trust-{tags}/_trust/tuf/"


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``target`` is the ratio that the design asks for, of ``judged`` (cpu or wall)."""

    name: str
    against: str
    repository: str
    target: float
    judged: str
    work: Callable[[Side], Measured]


@dataclass(frozen=True, slots=True)
class Files:
    """What is pushed: each file with its digest."""

    large: tuple[Path, str]
    four: list[tuple[Path, str]]
    medium: tuple[Path, str]


def registry_rows(many: int) -> list[Row]:
    """Rows of small requests against docker-registry; ``many`` tags, and as many repositories."""
    tag, tags, catalog = "t00000", "/v2/bench/image/tags/list", "/v2/_catalog"

    def row(name: str, target: float, work: Callable[[Server, str], Measured]) -> Row:
        return Row(
            name,
            "docker-registry",
            "bench/image",
            target,
            "cpu",
            lambda side: work(side.registry, side.image),
        )

    def read(path: str) -> Callable[[Server, str], Measured]:
        return lambda server, digest: gets(
            server, path.format(digest), seconds=SECONDS, accept=MANIFEST
        )

    def head(path: str) -> Callable[[Server, str], Measured]:
        return lambda server, digest: heads(
            server, path.format(digest), seconds=SECONDS, accept=MANIFEST
        )

    manifests = "/v2/bench/image/manifests/"
    return [
        row("manifest GET by tag", 10, read(manifests + tag)),
        row("manifest GET by digest", 10, read(manifests + "{}")),
        row("manifest HEAD by tag", 10, head(manifests + tag)),
        row("manifest HEAD by digest", 10, head(manifests + "{}")),
        row(f"tags/list, first 100 of {many:,}", 10, read(f"{tags}?n=100")),
        row(f"tags/list, all {many:,}", 10, read(tags)),
        row(f"catalog, first 100 of {many:,}", 10, read(f"{catalog}?n=100")),
        row(f"catalog, all {many:,}", 10, lambda server, _: _whole_catalog(server)),
        row("manifest PUT", 3, lambda server, _: _manifest_puts(server)),
    ]


def blob_rows(files: Files, label: str) -> list[Row]:
    """Rows of blobs either way."""
    medium, large = files.medium[1], files.large[1]

    def row(name: str, repository: str, work: Callable[[Server], Measured]) -> Row:
        return Row(
            f"blob {name}, {label}",
            "docker-registry",
            repository,
            1.2,
            "wall",
            lambda side: work(side.registry),
        )

    def push(*pushed: tuple[Path, str], chunked: bool) -> Callable[[Server], Measured]:
        return lambda server: push_blobs(server, "bench/pushed", pushed, chunked=chunked)

    size = f"{files.large[0].stat().st_size / 2**30:g} GiB"
    one_large, one_medium = f"/v2/bench/large/blobs/{large}", f"/v2/bench/image/blobs/{medium}"
    return [
        row(f"GET {size}", "bench/large", lambda server: download(server, one_large)),
        row(
            "GET 1 MiB over 8 connections",
            "bench/image",
            lambda server: gets(server, one_medium, seconds=SECONDS),
        ),
        row(f"push {size}, chunked", "bench/pushed", push(files.large, chunked=True)),
        row(f"push {size}, monolithic", "bench/pushed", push(files.large, chunked=False)),
        row(f"push 4 × {size}, chunked", "bench/pushed", push(*files.four, chunked=True)),
    ]


def trust_rows(many: int) -> list[Row]:
    """Rows against notary-server."""

    def read(name: str, file: str, tags: int) -> Row:
        return Row(
            f"trust GET {name}",
            "notary-server",
            f"bench/trust-{tags}",
            1.2,
            "cpu",
            lambda side: gets(side.trust, side.tuf(tags) + file, seconds=SECONDS),
        )

    def publish(tags: int, times: int, target: float) -> Row:
        name = f"publish {tags:,} tag{'s' if tags > 1 else ''}"
        repository = f"bench/publish-{secrets.token_hex(4)}"
        work = partial(_publishes, repository=repository, tags=tags, times=times)
        return Row(name, "notary-server", repository, target, "wall", work)

    return [
        read("timestamp.json", "timestamp.json", 1),
        read("snapshot.json", "snapshot.json", 1),
        read("root.json", "root.json", 1),
        read("targets.json, 1 tag", "targets.json", 1),
        read(f"targets.json, {many:,} tags", "targets.json", many),
        publish(1, 60, 1),
        publish(many // 10, 8, 3),
        publish(many, 4, 3),
        Row(
            "verified pull of a 1 MiB image",
            "both peers",
            "bench/image",
            1.2,
            "cpu",
            _verified_pulls,
        ),
    ]


def _whole_catalog(server: Server) -> Measured:
    """List all repositories in pages of 1,000, which is all that docker-registry gives at once."""
    connection = Connection(server)

    def once() -> None:
        path, last = "/v2/_catalog?n=1000", ""
        while True:
            found = json.loads(connection.must(200, "GET", path + last))["repositories"]
            if len(found) < 1000:  # noqa: PLR2004 (the n of the path)
                return
            last = f"&last={found[-1]}"

    def work() -> float:
        count, end = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            once()
            count += 1
        return count

    done = measured([server], work)
    connection.close()
    return done


def _manifest_puts(server: Server) -> Measured:
    connection = Connection(server)
    raw = connection.must(200, "GET", "/v2/bench/image/manifests/t00000")
    connection.close()
    path = f"/v2/bench/image/manifests/new-{secrets.token_hex(4)}-"
    return puts(server, path, raw, MANIFEST, seconds=SECONDS)


def _publishes(side: Side, *, repository: str, tags: int, times: int) -> Measured:
    """Publish again and again, one after the other."""
    owner = TrustRepository(side.trust, f"{repository}/{secrets.token_hex(4)}")
    bodies = [owner.next_publish(tags) for _ in range(times)]
    connection = Connection(side.trust)

    def work() -> float:
        for body, kind in bodies:
            connection.must(200, "POST", owner.tuf, body, kind)
        return len(bodies)

    done = measured([side.trust], work)
    connection.close()
    return done


def _verified_pulls(side: Side) -> Measured:
    """Pull by the digest that the signatures vouch for: trust files, manifest and blobs."""
    registry, trust = Connection(side.registry), Connection(side.trust)

    def work() -> float:
        for _ in range(_PULLS):
            _pull(registry, trust, side)
        return _PULLS

    done = measured(list({id(one): one for one in (side.registry, side.trust)}.values()), work)
    registry.close()
    trust.close()
    return done


def _pull(registry: Connection, trust: Connection, side: Side) -> None:
    tuf = side.tuf(1)
    above = json.loads(trust.must(200, "GET", f"{tuf}timestamp.json"))
    for role in ("snapshot", "targets"):
        digest = b64decode(above["signed"]["meta"][role]["hashes"]["sha256"]).hex()
        raw = trust.must(200, "GET", f"{tuf}{role}.{digest}.json")
        assert hashlib.sha256(raw).hexdigest() == digest
        above = json.loads(raw)
    # The digest that the real targets would name: the one that was pushed.
    path = f"/v2/bench/image/manifests/{side.image}"
    found = registry.must(200, "GET", path)
    assert digest_of(found) == side.image
    described = json.loads(found)
    for one in (described["config"], *described["layers"]):
        blob = registry.must(200, "GET", f"/v2/bench/image/blobs/{one['digest']}")
        assert digest_of(blob) == one["digest"]
