"""Sealyard's client beside docker with content trust and skopeo, which verifies no signature.

The same 200 MB of image, pushed and pulled to and from one Sealyard, in alternation; ratios are
peer / ours, so 1.0 means that we need what the peer needs. Every push is of an image that the
server has never seen.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from administration import enable_trust
from client_programs import Programs
from real.engine import Engine
from servers import sealyard
from table import write_into

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client_programs import Used

_LAYERS = (100, 60, 30, 10)  # MB: an image of 200 MB
_OCI = "application/vnd.oci.image"
_TARGET = 1 / 1.1  # not slower than the peer and a tenth


@dataclass(frozen=True, slots=True)
class Image:
    """One image of random content, as an OCI layout and as what `docker load` takes."""

    number: int
    layout: Path
    archive: Path


@dataclass(slots=True)
class Row:
    """One line: what both did, in pairs (ours, theirs), one per round."""

    name: str
    against: str
    pairs: list[tuple[Used, Used]] = field(default_factory=list)

    def line(self) -> str:
        """Return the line of the table."""
        ratios = sorted(theirs.wall / ours.wall for ours, theirs in self.pairs)
        ours = median(pair[0].wall for pair in self.pairs)
        theirs = median(pair[1].wall for pair in self.pairs)
        memory = [max(pair[side].peak for pair in self.pairs) / 2**20 for side in (0, 1)]
        met = "met" if median(ratios) >= _TARGET else "**missed**"
        spread = f"{median(ratios):.2f}× ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        return (
            f"| {self.name} | {self.against} | {spread} | {ours:.2f} s | {theirs:.2f} s "
            f"| {memory[0]:.0f} MiB | {memory[1]:.0f} MiB | {met} |"
        )


class ClientBench:
    """The server, the Engine, the programs and what they push and pull."""

    def __init__(self, folder: Path, programs: Programs, rounds: int) -> None:
        self._folder = folder
        self._programs = programs
        self._rounds = rounds
        self._images = 0

    def run(self) -> list[Row]:
        """Measure everything."""
        self._begin()
        rows = [
            self._row("signed push of 200 MB, OCI layout", "skopeo", self._layout_pushes),
            self._row("verified pull of 200 MB, OCI layout", "skopeo", self._layout_pulls),
            self._row("signed push of 200 MB, Engine", "docker, DCT", self._engine_pushes),
            self._row("verified pull of 200 MB, Engine", "docker, DCT", self._engine_pulls),
        ]
        return [*rows, self._row("signed push of 200 MB, Engine", "skopeo", self._engine_skopeo)]

    def _begin(self) -> None:
        """Sign something in each repository: what is measured is not the making of its keys."""
        image = make_image(self._folder / "images" / "first", 0, (1,))
        for side in ("ours", "pulled", "o"):
            name = self._name(side, image)
            self._programs.sealyard("push", name, "-q", "--from", f"oci:{image.layout}:v1")
        self._programs.docker("push", self._loaded(image, "t"))

    def _row(self, name: str, against: str, work: Callable[[bool], tuple[Used, Used]]) -> Row:
        row = Row(name, against)
        for number in range(self._rounds):
            row.pairs.append(work(bool(number % 2)))
            print(row.line(), flush=True)
        return row

    def _name(self, side: str, image: Image) -> str:
        return f"{self._programs.server.host}/{side}/image:v{image.number}"

    def _layout_pushes(self, theirs_first: bool) -> tuple[Used, Used]:  # noqa: FBT001 (who begins)
        run, images = self._programs, [self._image(), self._image()]
        return _alternated(
            lambda: run.sealyard(
                "push",
                self._name("ours", images[0]),
                "--quiet",
                "--from",
                f"oci:{images[0].layout}:v1",
            ),
            lambda: run.skopeo(
                f"oci:{images[1].layout}:v1", f"docker://{self._name('theirs', images[1])}"
            ),
            theirs_first=theirs_first,
        )

    def _layout_pulls(self, theirs_first: bool) -> tuple[Used, Used]:  # noqa: FBT001 (who begins)
        run, image = self._programs, self._image()
        name = self._name("pulled", image)
        run.sealyard("push", name, "--quiet", "--from", f"oci:{image.layout}:v1")
        ours, theirs = self._folder / f"o{image.number}", self._folder / f"t{image.number}"
        used = _alternated(
            lambda: run.sealyard("pull", name, "--quiet", "--to", f"oci:{ours}:v1"),
            lambda: run.skopeo(f"docker://{name}", f"oci:{theirs}:v1"),
            theirs_first=theirs_first,
        )
        shutil.rmtree(ours)
        shutil.rmtree(theirs)
        return used

    def _engine_pushes(self, theirs_first: bool) -> tuple[Used, Used]:  # noqa: FBT001 (who begins)
        run, images = self._programs, [self._image(), self._image()]
        names = [self._loaded(image, side) for image, side in zip(images, ("o", "t"), strict=True)]
        return _alternated(
            lambda: run.sealyard("push", "--quiet", names[0]),
            lambda: run.docker("push", names[1]),
            theirs_first=theirs_first,
        )

    def _engine_skopeo(self, theirs_first: bool) -> tuple[Used, Used]:  # noqa: FBT001 (who begins)
        run, images = self._programs, [self._image(), self._image()]
        names = [self._loaded(image, side) for image, side in zip(images, ("o", "s"), strict=True)]
        daemon = f"--src-daemon-host={run.engine.socket}"
        return _alternated(
            lambda: run.sealyard("push", "--quiet", names[0]),
            lambda: run.skopeo(f"docker-daemon:{names[1]}", f"docker://{names[1]}", daemon),
            theirs_first=theirs_first,
        )

    def _engine_pulls(self, theirs_first: bool) -> tuple[Used, Used]:  # noqa: FBT001 (who begins)
        run, image = self._programs, self._image()
        name = self._name("pulled", image)
        run.sealyard("push", name, "--quiet", "--from", f"oci:{image.layout}:v1")

        def clean(used: Used) -> Used:
            run.plain_docker("image", "rm", "--force", name)
            return used

        return _alternated(
            lambda: clean(run.sealyard("pull", "--quiet", name)),
            lambda: clean(run.docker("pull", "--quiet", name)),
            theirs_first=theirs_first,
        )

    def _loaded(self, image: Image, side: str) -> str:
        """Put an image into the Engine; return the name that it is pushed under."""
        name = self._name(side, image)
        self._programs.plain_docker("load", "--input", str(image.archive))
        self._programs.plain_docker("tag", f"measured:{image.number}", name)
        return name

    def _image(self) -> Image:
        self._images += 1
        return make_image(self._folder / "images" / str(self._images), self._images)


def _alternated(
    ours: Callable[[], Used], theirs: Callable[[], Used], *, theirs_first: bool
) -> tuple[Used, Used]:
    """Do both, and change who begins: a drift of the machine's speed is nobody's gain.

    Neither waits for what was written before it: an image that was loaded, the other's layers.
    """
    os.sync()
    first = theirs() if theirs_first else ours()
    os.sync()
    second = ours() if theirs_first else theirs()
    return (second, first) if theirs_first else (first, second)


def make_image(folder: Path, number: int, sizes: Sequence[int] = _LAYERS) -> Image:
    """Make an image of random content, which no compression makes smaller; sizes in MB."""
    blobs = folder / "layout" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    layers = [_tar(folder / f"{at}.tar", size) for at, size in enumerate(sizes)]
    diff_ids = [f"sha256:{_digest(layer)}" for layer in layers]
    config = {"architecture": "amd64", "os": "linux", "config": {}}
    config |= {"rootfs": {"type": "layers", "diff_ids": diff_ids}}
    described = [_blob(blobs, _packed(layer), "layer.v1.tar+gzip") for layer in layers]
    raw = json.dumps(config).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": _blob(blobs, raw, "config.v1+json"),
        "layers": described,
    }
    top = _blob(blobs, json.dumps(manifest).encode(), "manifest.v1+json")
    top["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (folder / "layout" / "index.json").write_text(
        json.dumps({"schemaVersion": 2, "manifests": [top]})
    )
    (folder / "layout" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    archive = _archive(folder, layers, raw, number)
    return Image(number, folder / "layout", archive)


def _tar(path: Path, megabytes: int) -> Path:
    source = path.with_suffix(".content")
    with source.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))
    with tarfile.open(path, "w") as tar:
        tar.add(source, "content")
    source.unlink()
    return path


def _packed(layer: Path) -> bytes:
    return gzip.compress(layer.read_bytes(), compresslevel=1, mtime=0)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blob(blobs: Path, content: bytes, kind: str) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": f"{_OCI}.{kind}", "digest": f"sha256:{digest}", "size": len(content)}


def _archive(folder: Path, layers: Sequence[Path], config: bytes, number: int) -> Path:
    (folder / "config.json").write_bytes(config)
    described = [
        {
            "Config": "config.json",
            "RepoTags": [f"measured:{number}"],
            "Layers": [layer.name for layer in layers],
        }
    ]
    (folder / "manifest.json").write_text(json.dumps(described))
    path = folder / "archive.tar"
    with tarfile.open(path, "w") as tar:
        for name in ("config.json", "manifest.json", *(layer.name for layer in layers)):
            tar.add(folder / name, name)
            (folder / name).unlink()
    return path


def main() -> None:
    """Read the options, measure, print the table and write it where it is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each row is measured")
    parser.add_argument("--page", type=Path, help="write the table into this page, at its mark")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sealyard-bench-") as name:
        folder = Path(name)
        server = sealyard(folder / "ours")
        try:
            enable_trust(server, folder / "cli")
            (folder / "engine").mkdir()
            with Engine(folder / "engine") as engine:
                programs = Programs(server, engine, folder)
                programs.sign_in()
                rows = ClientBench(folder, programs, options.rounds).run()
        finally:
            server.stop()
    lines = [
        "| row | against | wall | ours | theirs | our memory | theirs | |",
        "|---|---|---:|---:|---:|---:|---:|---|",
        *(row.line() for row in rows),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.page:
        write_into(options.page, text, mark="clients")


if __name__ == "__main__":
    main()
