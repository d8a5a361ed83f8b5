"""Every implementation of the two seams of images; each test of a contract runs on all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pytest

from memory_engine import MemoryEngine
from remote_registry import RemoteRegistry
from sample_images import docker_24, docker_25, layout_files, sample, tar, write_layout
from sealyard.client.images.archive_target import ArchiveTarget
from sealyard.client.images.docker_form import DockerArchiveForm
from sealyard.client.images.docker_source import docker_archive_source
from sealyard.client.images.engine_source import EngineSource
from sealyard.client.images.engine_target import EngineTarget
from sealyard.client.images.oci_archive import OciArchiveForm, OciArchiveSource
from sealyard.client.images.oci_layout import OciLayoutSource, OciLayoutTarget
from sealyard.client.registry.remote_image import RemoteSource, RemoteTarget

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_images import Sample
    from sealyard.client.images.base import ImageSource, ImageTarget
    from sealyard.oci.references import ImageReference

IMAGE = sample("lower", "upper")


class Place(Protocol):
    """Where an image is, for the tests of sources."""

    def open(self) -> ImageSource:
        """Open the image."""
        ...

    def alter(self, layer: int) -> None:
        """Change one byte in the middle of a layer."""
        ...


@dataclass
class FolderPlace:
    folder: Path

    def __post_init__(self) -> None:
        write_layout(self.folder, layout_files([IMAGE], [{}]))

    def open(self) -> ImageSource:
        return OciLayoutSource(self.folder)

    def alter(self, layer: int) -> None:
        path = self.folder / "blobs" / "sha256" / IMAGE.layers[layer].digest.hex
        path.write_bytes(altered(path.read_bytes()))


@dataclass
class FilePlace:
    """An archive; ``contents`` are what its layers look like in it."""

    path: Path
    raw: bytes
    contents: tuple[bytes, ...]
    opener: Callable[[Path], ImageSource]

    def __post_init__(self) -> None:
        self.path.write_bytes(self.raw)

    def open(self) -> ImageSource:
        return self.opener(self.path)

    def alter(self, layer: int) -> None:
        content = self.contents[layer]
        assert self.raw.count(content) == 1
        self.path.write_bytes(self.raw.replace(content, altered(content)))


@dataclass
class EnginePlace:
    engine: MemoryEngine = field(default_factory=MemoryEngine)

    def __post_init__(self) -> None:
        self.engine.hold("app:1", IMAGE, docker_24({"app:1": IMAGE}))

    def open(self) -> ImageSource:
        return EngineSource(self.engine.engine(), "app:1")

    def alter(self, layer: int) -> None:
        content = IMAGE.unpacked[layer]
        archives = self.engine.archives
        for name, raw in archives.items():
            archives[name] = raw.replace(content, altered(content))


@dataclass
class RegistryPlace:
    registry: RemoteRegistry = field(default_factory=RemoteRegistry)

    def __post_init__(self) -> None:
        for content in IMAGE.blobs.values():
            self.registry.add_blob(content)
        self.registry.add_manifest(IMAGE.raw, IMAGE.top.media_type, "1")

    def open(self) -> ImageSource:
        return RemoteSource(self.registry.repository(), "1")

    def alter(self, layer: int) -> None:
        key = ("team/app", IMAGE.layers[layer].digest)
        self.registry.blobs[key] = altered(self.registry.blobs[key])


def altered(content: bytes) -> bytes:
    """Return ``content`` with one byte changed."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _place(form: str, folder: Path) -> Place:
    if form == "oci":
        return FolderPlace(folder / "layout")
    if form == "engine":
        return EnginePlace()
    if form == "registry":
        return RegistryPlace()
    path = folder / "image.tar"
    if form == "oci-archive":
        packed = tuple(IMAGE.blobs[layer] for layer in IMAGE.layers)
        return FilePlace(path, tar(layout_files([IMAGE], [{}])), packed, OciArchiveSource.open)
    raw = (docker_24 if form == "docker-24" else docker_25)({"app:1": IMAGE})
    return FilePlace(path, raw, IMAGE.unpacked, docker_archive_source)


@pytest.fixture(params=["oci", "oci-archive", "docker-24", "docker-25", "engine", "registry"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return _place(request.param, tmp_path)


class Destination(Protocol):
    """Where images go, for the tests of targets."""

    def open(self) -> ImageTarget:
        """Open the target."""
        ...

    def source(self, one: Sample, reference: ImageReference) -> ImageSource:
        """Open what was put there under a name; raise if there is nothing."""
        ...

    def is_empty(self) -> bool:
        """Tell whether nothing can be seen there."""
        ...


@dataclass
class LocalDestination:
    """A folder or a file."""

    path: Path
    target: Callable[[Path], ImageTarget]
    opener: Callable[[Path, ImageReference], ImageSource]
    visible: Callable[[Path], bool]

    def open(self) -> ImageTarget:
        return self.target(self.path)

    def source(self, one: Sample, reference: ImageReference) -> ImageSource:  # noqa: ARG002 (found by its name)
        return self.opener(self.path, reference)

    def is_empty(self) -> bool:
        return not self.visible(self.path)


@dataclass
class EngineDestination:
    folder: Path
    engine: MemoryEngine = field(default_factory=MemoryEngine)

    def open(self) -> ImageTarget:
        return EngineTarget(self.engine.engine())

    def source(self, one: Sample, reference: ImageReference) -> ImageSource:  # noqa: ARG002 (found by its name)
        path = self.folder / f"loaded-{len(self.engine.loaded)}.tar"
        path.write_bytes(self.engine.loaded[-1])
        return docker_archive_source(path, str(reference))

    def is_empty(self) -> bool:
        return not self.engine.loaded


def local_destination(form: str, folder: Path) -> LocalDestination:
    """Make a folder or file for images."""
    if form == "oci":
        return LocalDestination(
            folder / "layout",
            OciLayoutTarget,
            lambda path, name: OciLayoutSource(path, name.tag),
            lambda path: (path / "index.json").exists(),
        )
    path = folder / "made" / "image.tar"
    if form == "oci-archive":
        return LocalDestination(
            path,
            lambda path: ArchiveTarget(path, OciArchiveForm(str(path))),
            lambda path, name: OciArchiveSource.open(path, name.tag),
            lambda path: path.exists(),
        )
    return LocalDestination(
        path,
        lambda path: ArchiveTarget(path, DockerArchiveForm(str(path))),
        lambda path, name: docker_archive_source(path, str(name)),
        lambda path: path.exists(),
    )


@pytest.fixture(params=["oci", "oci-archive", "docker-archive", "engine"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    if request.param == "engine":
        return EngineDestination(tmp_path)
    return local_destination(request.param, tmp_path)


@pytest.fixture(params=["oci", "oci-archive", "docker-archive", "engine", "registry"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> ImageTarget:
    if request.param == "registry":
        return RemoteTarget(RemoteRegistry().repository())
    if request.param == "engine":
        return EngineDestination(tmp_path).open()
    return local_destination(request.param, tmp_path).open()
