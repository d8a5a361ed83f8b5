"""Images outside of a registry: what docker, skopeo and podman write we read, and the other way."""

from __future__ import annotations

import gzip
import json
import sys
import tarfile
from typing import TYPE_CHECKING, Any, Self

import pytest

from real.content import DEBIAN, SMALL
from real.engine import docker
from real.processes import Done, environment, program, run
from real.registry import SEALYARD
from sample_images import Sample, index_of, layout_files, sample, spelt, write_layout
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from real.engine import Engine

    Record = Callable[[str, object], None]

_MEGABYTES = 1024  # of the kilobytes in which Linux counts memory
# The kernel's mark of high water; that of a child would begin with its parent's.
_MEASURED = """
import sys
from pathlib import Path
from sealyard.cli.main import main
try:
    main()
finally:
    print(Path("/proc/self/status").read_text(), file=sys.stderr)
"""
_REF = "org.opencontainers.image.ref.name"


class Machine:
    """The programs of one person, who has an Engine and a storage of podman's."""

    def __init__(self, host: str, folder: Path) -> None:
        self.folder = folder
        self._env = environment(
            folder / "home",
            DOCKER_HOST=host,
            TMPDIR=str(folder),
            XDG_RUNTIME_DIR=str(folder),
        )
        storage = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]
        self._podman = [program("podman"), *storage, "--storage-driver", "vfs"]

    @classmethod
    def without_engine(cls, folder: Path) -> Self:
        """Return one on whose machine no Engine runs."""
        return cls(f"unix://{folder}/d.sock", folder)

    def copy(self, source: str, destination: str) -> str:
        """Copy with Sealyard; return the digest that it prints."""
        return self.sealyard("copy", "--quiet", source, destination).ok().out.strip()

    def sealyard(self, *arguments: str) -> Done:
        return run([SEALYARD, *arguments], self._env)

    def docker(self, *arguments: str) -> str:
        return run([docker(), *arguments], self._env).ok().out.strip()

    def skopeo(self, *arguments: str) -> str:
        return run([program("skopeo"), *arguments], self._env).ok().out

    def podman(self, *arguments: str) -> str:
        return run([*self._podman, *arguments], self._env).ok().out.strip()

    def peak_memory(self, *arguments: str) -> int:
        """Run sealyard; return the most memory that it had, in KiB."""
        done = run([sys.executable, "-c", _MEASURED, *arguments], self._env).ok()
        return int(done.err.rpartition("VmHWM:")[2].split()[0])

    def place(self, form: str, name: str = "", tag: str = "registry.test/app:1") -> str:
        """Return a place for an image in one of the forms."""
        return f"{form}:{self.folder / (name or form)}:{tag}"


@pytest.fixture(scope="module")
def machine(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(engine.socket, tmp_path_factory.mktemp("forms"))


def engine_id(machine: Machine, name: str) -> str:
    return machine.docker("image", "inspect", "--format", "{{.Id}}", name)


def config_of(machine: Machine, place: str) -> str:
    """Return the digest of an image's config, as skopeo sees it."""
    manifest = json.loads(machine.skopeo("inspect", "--raw", place))
    return str(manifest["config"]["digest"])


@pytest.fixture(scope="module")
def oci_image() -> Sample:
    """Give an image with OCI's media types: skopeo takes no others in its layouts."""
    return sample("lower", "upper")


@pytest.fixture(scope="module")
def layout(machine: Machine, oci_image: Sample) -> str:
    folder = machine.folder / "original"
    write_layout(folder, layout_files([oci_image], [{_REF: "1"}]))
    return f"oci:{folder}:1"


# --- docker


def test_an_image_of_the_engine_is_loaded_by_the_engine_again(machine: Machine) -> None:
    before = engine_id(machine, DEBIAN)
    place = machine.place("docker-archive", "debian.tar", "again:1")
    machine.copy(f"docker:{DEBIAN}", place)
    assert "Loaded image: again:1" in machine.docker(
        "load", "-i", str(machine.folder / "debian.tar")
    )
    assert engine_id(machine, "again:1") == before


@pytest.mark.parametrize("packed", [False, True])
def test_what_docker_saves_is_the_image_that_the_engine_has(machine: Machine, packed: bool) -> None:  # noqa: FBT001 (a column of the table)
    saved = machine.folder / f"saved-{packed}.tar"
    machine.docker("save", "-o", str(saved), DEBIAN, SMALL)
    if packed:
        saved.write_bytes(gzip.compress(saved.read_bytes(), 1))
    for name in (DEBIAN, SMALL):
        oci = f"oci:{machine.folder}/from-engine:{name.partition(':')[0]}"
        digest = machine.copy(f"docker:{name}", oci)
        assert (
            machine.copy(f"docker-archive:{saved}:{name}", machine.place("oci-archive")) == digest
        )
    machine.sealyard("copy", f"docker-archive:{saved}", machine.place("oci")).refused(
        "debian:outside"
    )


def test_an_image_goes_into_the_engine_without_a_registry(
    machine: Machine, layout: str, oci_image: Sample
) -> None:
    machine.copy(layout, "docker:registry.test/loaded:1")
    assert engine_id(machine, "registry.test/loaded:1") == str(Digest.of(oci_image.config))
    machine.docker("image", "rm", "registry.test/loaded:1")


def test_what_a_push_of_ours_and_of_dockers_uploads_is_the_same_image(machine: Machine) -> None:
    machine.copy(f"docker:{DEBIAN}", f"oci:{machine.folder}/pushed:1")
    machine.copy(f"oci:{machine.folder}/pushed:1", "docker:registry.test/same:1")
    assert engine_id(machine, "registry.test/same:1") == engine_id(machine, DEBIAN)


def test_an_engine_that_is_not_there_is_told_of(machine: Machine) -> None:
    alone = Machine.without_engine(machine.folder / "alone")
    done = alone.sealyard("copy", "docker:app:1", alone.place("oci"))
    done.refused("there is no such socket; start the Engine")
    alone.sealyard("copy", "docker:", alone.place("oci")).refused("docker:NAME")


def test_an_image_that_the_engine_does_not_have_is_told_as_docker_tells_it(
    machine: Machine,
) -> None:
    done = machine.sealyard("copy", "docker:absent:1", machine.place("oci"))
    done.refused("An image does not exist locally with the tag: absent:1")


# --- skopeo


@pytest.mark.parametrize("form", ["oci", "oci-archive"])
def test_skopeo_reads_our_layouts_byte_for_byte(
    machine: Machine, layout: str, oci_image: Sample, form: str
) -> None:
    place = machine.place(form, f"ours-{form}", "1")
    machine.copy(layout, place)
    assert machine.skopeo("inspect", "--raw", place).encode() == oci_image.raw
    copied = f"dir:{machine.folder}/{form}-dir"
    machine.skopeo("copy", "--preserve-digests", place, copied)


def test_skopeo_reads_our_docker_archives(machine: Machine, layout: str, oci_image: Sample) -> None:
    place = machine.place("docker-archive", "ours.tar")
    machine.copy(layout, place)
    assert config_of(machine, place) == str(Digest.of(oci_image.config))
    machine.skopeo("copy", place, f"dir:{machine.folder}/docker-dir")


@pytest.mark.parametrize("form", ["oci", "oci-archive"])
def test_we_read_skopeos_layouts_byte_for_byte(
    machine: Machine, layout: str, oci_image: Sample, form: str
) -> None:
    place = machine.place(form, f"skopeo-{form}", "1")
    machine.skopeo("copy", layout, place)
    assert machine.copy(place, machine.place("oci", f"from-{form}", "1")) == str(
        oci_image.top.digest
    )


def test_we_read_skopeos_docker_archives(machine: Machine, layout: str, oci_image: Sample) -> None:
    place = machine.place("docker-archive", "skopeo.tar")
    machine.skopeo("copy", layout, place)
    again = machine.place("docker-archive", "skopeo-again.tar")
    machine.copy(place, again)
    assert config_of(machine, again) == str(Digest.of(oci_image.config))


# --- podman


@pytest.mark.parametrize("form", ["oci-archive", "docker-archive"])
def test_podman_loads_what_we_write_and_we_read_what_it_saves(
    machine: Machine, layout: str, oci_image: Sample, form: str
) -> None:
    ours = machine.place(form, f"podman-{form}.tar")
    machine.copy(layout, ours)
    loaded = machine.podman("load", "--input", f"{machine.folder}/podman-{form}.tar")
    name = loaded.rpartition(" ")[2]
    assert f"sha256:{machine.podman('image', 'inspect', '--format', '{{.Id}}', name)}" == str(
        Digest.of(oci_image.config)
    )
    saved = f"{machine.folder}/saved-{form}.tar"
    machine.podman("save", "--format", form, "--output", saved, name)
    machine.podman("image", "rm", name)
    again = machine.place("docker-archive", f"again-{form}.tar")
    machine.copy(f"{form}:{saved}", again)
    assert config_of(machine, again) == str(Digest.of(oci_image.config))


# --- several platforms


def test_an_index_goes_around_byte_for_byte(machine: Machine) -> None:
    images = [sample("a"), sample("b", architecture="arm64")]
    top, raw = index_of(*images)
    files = layout_files(images, [{}, {}])
    named: dict[str, Any] = {"annotations": {_REF: "1"}}
    files["index.json"] = json.dumps(
        {"schemaVersion": 2, "manifests": [spelt(top, **named)]}
    ).encode()
    files[f"blobs/sha256/{top.digest.hex}"] = raw
    write_layout(machine.folder / "multi", files)
    archive = machine.place("oci-archive", "multi.tar", "1")
    assert machine.copy(f"oci:{machine.folder}/multi", archive) == str(top.digest)
    theirs = machine.place("oci", "multi-skopeo", "1")
    machine.skopeo("copy", "--all", "--preserve-digests", archive, theirs)
    ours = machine.place("oci", "multi-ours", "1")
    assert machine.copy(theirs, ours) == str(top.digest)
    assert machine.skopeo("inspect", "--raw", ours).encode() == raw
    for one in images:
        blob = machine.folder / "multi-ours" / "blobs" / "sha256" / one.top.digest.hex
        assert blob.read_bytes() == one.raw


# --- size


def test_a_layer_of_any_size_costs_little_memory(machine: Machine, record_property: Record) -> None:
    places = {
        name: (f"docker:{image}", f"oci:{machine.folder}/memory-{name}:1")
        for name, image in (("small", SMALL), ("large", DEBIAN))
    }
    exported = {name: machine.peak_memory("copy", "-q", *both) for name, both in places.items()}
    archives = {name: machine.place("docker-archive", f"memory-{name}.tar") for name in places}
    unpacked = {
        name: machine.peak_memory("copy", "-q", places[name][1], archives[name]) for name in places
    }
    for what, peak in (("exported and compressed", exported), ("unpacked", unpacked)):
        more = (peak["large"] - peak["small"]) / _MEGABYTES
        record_property(f"memory for 300 MB {what}, MB", round(more, 1))
        assert more < 16


def test_nothing_is_left_of_what_was_on_its_way(machine: Machine, layout: str) -> None:
    machine.copy(layout, machine.place("oci-archive", "clean/image.tar", "1"))
    assert [path.name for path in (machine.folder / "clean").iterdir()] == ["image.tar"]
    with tarfile.open(machine.folder / "clean" / "image.tar") as archive:
        assert {"oci-layout", "index.json"} <= set(archive.getnames())
    machine.sealyard("copy", layout + "9", machine.place("oci", "never", "1")).refused(
        "no image 19"
    )
    assert not (machine.folder / "never").exists()
