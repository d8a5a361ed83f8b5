"""Small whole images, with layers that are real archives, and the files that tools make of them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sealyard.client.images.base import ImageSource, ImageTarget
    from sealyard.oci.references import ImageReference

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MARKER = b'{"imageLayoutVersion": "1.0.0"}'


@dataclass(frozen=True)
class Sample:
    """An image: ``raw`` is its manifest, ``unpacked`` are its layers before compression."""

    top: Descriptor
    raw: bytes
    config: bytes
    unpacked: tuple[bytes, ...]
    blobs: Mapping[Descriptor, bytes]

    @property
    def layers(self) -> list[Descriptor]:
        """The layers' descriptors, lowest first."""
        return [one for one in self.blobs if one.media_type == LAYER]


def described(content: bytes, media_type: str) -> Descriptor:
    """Return what names ``content``."""
    return Descriptor(media_type, Digest.of(content), len(content))


def spelt(descriptor: Descriptor, **more: object) -> dict[str, Any]:
    """Return a descriptor as it stands in a manifest."""
    named = {"digest": str(descriptor.digest), "size": descriptor.size}
    return {"mediaType": descriptor.media_type, **named, **more}


def tar(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """Return an archive of files, and of symbolic links by what they point to."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return made.getvalue()


def sample(*words: str, architecture: str = "amd64") -> Sample:
    """Make an image with one layer for each word."""
    unpacked = tuple(tar({f"{word}.txt": word.encode() * 50_000}) for word in words)
    layers = {described(one, LAYER): one for one in map(_gzipped, unpacked)}
    diff_ids = [str(Digest.of(one)) for one in unpacked]
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": word} for word in words],
        }
    ).encode()
    named = described(config, CONFIG)
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": spelt(named),
            "layers": [spelt(layer) for layer in layers],
        }
    ).encode()
    top = described(raw, media_types.OCI_MANIFEST)
    return Sample(top, raw, config, unpacked, {named: config, **layers})


def index_of(*samples: Sample) -> tuple[Descriptor, bytes]:
    """Return an index of images, spelt in a way that nobody would spell it again."""
    entries = [spelt(one.top, platform={"os": "linux"}) for one in samples]
    raw = json.dumps({"manifests": entries, "schemaVersion": 2}, indent=5).encode()
    return described(raw, media_types.OCI_INDEX), raw


def put(target: ImageTarget, *samples: Sample) -> None:
    """Put the parts of images into a target, in order, and finish nothing."""
    for one in samples:
        for descriptor, content in one.blobs.items():
            target.put_blob(descriptor, partial(from_offset, content))
        target.put_manifest(one.top, one.raw)


def from_offset(content: bytes, offset: int) -> Iterator[bytes]:
    """Yield what a source would."""
    yield content[offset:]


def finished(target: ImageTarget, one: Sample, reference: ImageReference | None) -> None:
    """Put a whole image into a target and make it visible."""
    put(target, one)
    target.finish(one.top, reference)


def content_of(source: ImageSource) -> dict[Digest, bytes]:
    """Read a source of a single image to its end; return manifest, config and layers."""
    top = source.top()
    raw = source.manifest(top)
    found = {top.digest: raw}
    document = json.loads(raw)
    for one in (document["config"], *document["layers"]):
        named = Descriptor(one["mediaType"], Digest.parse(one["digest"]), one["size"])
        found[named.digest] = b"".join(source.blob(named))
    return found


def layout_files(
    samples: Sequence[Sample], annotations: Sequence[Mapping[str, str]]
) -> dict[str, bytes]:
    """Return the files of an OCI layout."""
    entries = [
        spelt(one.top, **({"annotations": dict(notes)} if notes else {}))
        for one, notes in zip(samples, annotations, strict=True)
    ]
    files = {
        "oci-layout": MARKER,
        "index.json": json.dumps({"schemaVersion": 2, "manifests": entries}).encode(),
    }
    for one in samples:
        for content in (one.raw, *one.blobs.values()):
            files[f"blobs/sha256/{Digest.of(content).hex}"] = content
    return files


def write_layout(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a layout's files into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def docker_24(images: Mapping[str, Sample]) -> bytes:
    """Return what ``docker save`` of 20.10 to 24 writes: a folder for each layer, links to equals.

    ``images`` are named; the same image may have several names.
    """
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    first: dict[bytes, str] = {}
    listing: dict[Digest, dict[str, Any]] = {}
    for name, one in images.items():
        config = Digest.of(one.config)
        if config in listing:
            listing[config]["RepoTags"].append(name)
            continue
        layers = []
        for position, layer in enumerate(one.unpacked):
            folder = hashlib.sha256(config.hex.encode() + bytes([position])).hexdigest()
            files[f"{folder}/VERSION"] = b"1.0"
            files[f"{folder}/json"] = b"{}"
            layers.append(f"{folder}/layer.tar")
            if layer in first:
                links[layers[-1]] = f"../{first[layer]}/layer.tar"
            else:
                first[layer], files[layers[-1]] = folder, layer
        files[f"{config.hex}.json"] = one.config
        listing[config] = {"Config": f"{config.hex}.json", "RepoTags": [name], "Layers": layers}
    files["repositories"] = b"{}"
    files["manifest.json"] = json.dumps(list(listing.values())).encode()
    return tar(files, links)


def docker_25(images: Mapping[str, Sample]) -> bytes:
    """Return what ``docker save`` of 25 and later writes: a layout with unpacked layers."""
    files: dict[str, bytes] = {}
    entries = []
    listing = []
    for name, one in images.items():
        contents = (one.config, *one.unpacked)
        named = [f"blobs/sha256/{Digest.of(content).hex}" for content in contents]
        files |= dict(zip(named, contents, strict=True))
        listing.append({"Config": named[0], "RepoTags": [name], "Layers": named[1:]})
        layers = [described(layer, LAYER.removesuffix("+gzip")) for layer in one.unpacked]
        raw = json.dumps(
            {
                "schemaVersion": 2,
                "config": spelt(described(one.config, CONFIG)),
                "layers": [spelt(layer) for layer in layers],
            }
        ).encode()
        files[f"blobs/sha256/{Digest.of(raw).hex}"] = raw
        notes = {"io.containerd.image.name": f"docker.io/library/{name}"}
        entries.append(spelt(described(raw, media_types.OCI_MANIFEST), annotations=notes))
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": entries}).encode()
    files["manifest.json"] = json.dumps(listing).encode()
    files["oci-layout"] = MARKER
    return tar(files)


def podman_save(name: str, one: Sample) -> bytes:
    """Return what podman and skopeo write for docker."""
    layers = {f"{Digest.of(layer).hex}.tar": layer for layer in one.unpacked}
    config = f"{Digest.of(one.config).hex}.json"
    listing = [{"Config": config, "RepoTags": [name], "Layers": list(layers)}]
    listed = json.dumps(listing).encode()
    return tar({**layers, config: one.config, "manifest.json": listed})


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
