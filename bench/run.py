"""``make bench``: Sealyard and Debian's docker-registry and notary-server, side by side.

Each row is done to both sides in alternation on the same machine; the table shows medians of the
ratio peer / Sealyard, so 2.0 means that we need half of what the peer needs.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from administration import enable_trust
from contents import TrustRepository, publish_all, push_image, push_repositories, random_file
from loads import push_blob
from rows import Files, Row, Side, blob_rows, registry_rows, trust_rows
from servers import Server, certificate_of, docker_registry, notary_server, sealyard
from table import markdown, write_into

if TYPE_CHECKING:
    from loads import Measured

_MIB = 2**20
_SOURCE = "many/source"


@dataclass(slots=True)
class Result:
    """What a row gave: one pair of measurements (ours, theirs) per round."""

    row: Row
    pairs: list[tuple[Measured, Measured]] = field(default_factory=list)

    def ratios(self, kind: str) -> list[float]:
        """Return peer / ours of each round, in order of size."""
        return sorted(_each(peer, kind) / max(_each(ours, kind), 1e-9) for ours, peer in self.pairs)

    def ratio(self, kind: str) -> float:
        """Return the median over the rounds of peer / ours."""
        return median(self.ratios(kind))

    def ours(self, kind: str) -> float:
        """Return our median for one thing, in seconds."""
        return median(_each(ours, kind) for ours, _ in self.pairs)

    def plain(self) -> dict[str, object]:
        """Return it for a JSON file: wall and processor seconds for one thing, per round."""
        rounds = [
            {"ours": [ours.wall_each, ours.cpu_each], "peer": [peer.wall_each, peer.cpu_each]}
            for ours, peer in self.pairs
        ]
        return {"row": self.row.name, "against": self.row.against, "rounds": rounds}


def _each(done: Measured, kind: str) -> float:
    return done.wall_each if kind == "wall" else done.cpu_each


class Bench:
    """The servers, their contents and the rows."""

    def __init__(self, folder: Path, *, quick: bool, pattern: str) -> None:
        self._folder = folder
        self._pattern = pattern
        self._rounds = 1 if quick else 3
        self._size = (64 if quick else 1024) * _MIB
        self._many = 500 if quick else 10_000
        self._stack = ExitStack()
        self._servers: dict[str, Server] = {}

    def run(self) -> tuple[list[Result], dict[str, int]]:
        """Measure everything; return the results and the peak memory of each server."""
        with self._stack:
            files = self._files()
            results = [*self._over_tls(files), *self._over_http(files)]
        return results, {name: server.peak for name, server in self._servers.items()}

    def _over_tls(self, files: Files) -> list[Result]:
        lists = self._wanted(registry_rows(self._many))
        blobs = self._wanted(blob_rows(files, "TLS"))
        trust = self._wanted(trust_rows(self._many))
        if not lists + blobs + trust:
            return []
        ours = self._keep(sealyard(self._folder / "ours"))
        enable_trust(ours, self._folder / "cli")
        certificate = certificate_of(self._folder / "ours")
        registry = self._keep(docker_registry(self._folder / "registry", certificate))
        notary = self._keep(notary_server(self._folder / "notary", certificate))
        tags, repositories = (self._many if lists else 1), (self._many if lists else 0)
        image = ""
        for server in (ours, registry):
            image = self._fill(server, files, tags, repositories)
        if trust:
            for server in (ours, notary):
                self._fill_trust(server)
        sides = Side(ours, ours, image), Side(registry, notary, image)
        return [self._measure(row, *sides) for row in lists + blobs + trust]

    def _over_http(self, files: Files) -> list[Result]:
        rows = self._wanted(blob_rows(files, "http"))
        if not rows:
            return []
        ours = sealyard(self._folder / "ours-http", tls=False)
        certificate = certificate_of(self._folder / "ours-http")
        registry = docker_registry(self._folder / "registry-http", certificate, tls=False)
        image = ""
        for server in (ours, registry):
            self._keep(server, f"{server.name} over http")
            image = self._fill(server, files, tags=1, repositories=0)
        sides = Side(ours, ours, image), Side(registry, registry, image)
        return [self._measure(row, *sides) for row in rows]

    def _keep(self, server: Server, name: str = "") -> Server:
        server.watch_memory()
        self._stack.callback(server.stop)
        self._servers[name or server.name] = server
        return server

    def _wanted(self, rows: list[Row]) -> list[Row]:
        patterns = self._pattern.split("|")
        return [row for row in rows if any(fnmatch.fnmatch(row.name, each) for each in patterns)]

    def _measure(self, row: Row, ours: Side, peers: Side) -> Result:
        result = Result(row)
        server = ours.registry
        names = {row.repository, "bench/trust-1"}
        if "publish" in row.name:
            server.use_password()  # each round is a repository of its own
        else:
            scopes = [f"repository:{server.host}/{name}:pull,push" for name in sorted(names)]
            server.use_token([*scopes, "registry:catalog:*"])
        for number in range(self._rounds):
            os.sync()  # nobody is to wait for what an earlier row wrote
            # Who begins changes, so that a drift of the machine's speed is nobody's gain.
            if number % 2:
                theirs, mine = row.work(peers), row.work(ours)
            else:
                mine, theirs = row.work(ours), row.work(peers)
            result.pairs.append((mine, theirs))
        wall, cpu = result.ratio("wall"), result.ratio("cpu")
        print(f"{row.name:40} wall {wall:6.2f}×  cpu {cpu:6.2f}×", flush=True)
        return result

    def _files(self) -> Files:
        folder = self._folder / "files"
        folder.mkdir()

        def made(name: str, size: int) -> tuple[Path, str]:
            return folder / name, random_file(folder / name, size)

        four = [made(f"one-of-four-{number}", self._size) for number in range(4)]
        return Files(four[0], four, made("medium", _MIB))

    def _fill(self, server: Server, files: Files, tags: int, repositories: int) -> str:
        print(f"filling {server.name}", flush=True)
        server.use_password()
        names = [f"t{number:05}" for number in range(tags)]
        image = push_image(server, "bench/image", files.medium[0].read_bytes(), names)
        push_blob(server, "bench/large", *files.large, chunked=True)
        if repositories:
            push_repositories(server, _SOURCE, repositories - 2)  # and the two of above
        return image

    def _fill_trust(self, server: Server) -> None:
        server.use_password()
        for tags in (1, self._many):
            repository = TrustRepository(server, f"bench/trust-{tags}")
            publish_all(server, repository, [tags, tags])


def main() -> None:
    """Read the options, measure, print the table and write it where it is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="*", help="only rows that match: one pattern|another")
    parser.add_argument("--quick", action="store_true", help="one round, small sizes: a try-out")
    parser.add_argument("--json", type=Path, help="write every measurement here")
    parser.add_argument("--page", type=Path, help="write the table into this page, at its mark")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sealyard-bench-") as folder:
        bench = Bench(Path(folder), quick=options.quick, pattern=options.rows)
        results, memory = bench.run()
    text = markdown(results, memory)
    print(text)
    if options.json:
        options.json.write_text(json.dumps([result.plain() for result in results], indent=1))
    if options.page:
        write_into(options.page, text)


if __name__ == "__main__":
    main()
