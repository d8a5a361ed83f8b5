"""What was compressed before: from a layer's diff id to the digest and size it was pushed with.

A layer that the target still holds under that digest is neither compressed nor read again, and an
image all of whose layers are such is not even exported. A small file in the cache folder, which
may be deleted at any time. It is never believed: it is used only where the target confirms that it
has the very digest, a damaged file counts as none, and a config is looked up by its own digest. A
wrong entry costs an upload.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from sealyard.client.images import docker_image
from sealyard.client.trust.private_files import is_exposed, read_bounded, write_private
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import OciError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    IsThere = Callable[[Descriptor], bool]

FILE: Final = "layers.json"
MAX_LAYERS: Final = 4_096
MAX_CONFIGS: Final = 128
MAX_CONFIG_BYTES: Final = 32 * 1024

_MAX_BYTES: Final = 8 * 1024 * 1024
_T = TypeVar("_T")


class _Content(msgspec.Struct):
    """Both in the order in which they were learnt."""

    layers: dict[str, tuple[str, int]] = msgspec.field(default_factory=dict)
    configs: dict[str, bytes] = msgspec.field(default_factory=dict)


_decoder = msgspec.json.Decoder(_Content)


class LayerMemory:
    """The file in ``folder``; read when first asked, written by ``save``. For several threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._content: _Content | None = None
        self._is_changed = False

    def layer(self, diff_id: Digest) -> Descriptor | None:
        """Return what a layer was compressed to, ``None`` if that is not known."""
        with self._lock:
            found = self._read().layers.get(str(diff_id))
        if found is None:
            return None
        try:
            return Descriptor.checked(
                FILE, media_type=docker_image.LAYER, digest=found[0], size=found[1]
            )
        except OciError:
            return None

    def learn(self, diff_id: Digest, layer: Descriptor) -> None:
        """Remember what a layer was compressed to."""
        with self._lock:
            _put(self._read().layers, str(diff_id), (str(layer.digest), layer.size), MAX_LAYERS)
            self._is_changed = True

    def config(self, digest: Digest) -> bytes | None:
        """Return the config of that digest, ``None`` if it is not known."""
        with self._lock:
            raw = self._read().configs.get(str(digest))
        return raw if raw is not None and Digest.of(raw) == digest else None

    def learn_config(self, raw: bytes) -> None:
        """Remember a config, unless it is large."""
        if len(raw) > MAX_CONFIG_BYTES:
            return
        with self._lock:
            _put(self._read().configs, str(Digest.of(raw)), raw, MAX_CONFIGS)
            self._is_changed = True

    def save(self) -> None:
        """Write what was learnt; that it cannot be written is no failure of a push."""
        with self._lock:
            if self._content is None or not self._is_changed:
                return
            raw = msgspec.json.encode(self._content)
            try:
                write_private(self._path, hashlib.sha256(raw).hexdigest().encode() + b"\n" + raw)
            except OSError:
                return
            self._is_changed = False

    def _read(self) -> _Content:
        if self._content is None:
            self._content = _load(self._path)
        return self._content


class LayersInTarget:
    """The layers of ``memory`` that a target holds; ``is_there`` asks it."""

    def __init__(self, memory: LayerMemory, is_there: IsThere) -> None:
        self.memory = memory
        self._is_there = is_there

    def find(self, diff_id: Digest) -> Descriptor | None:
        """Return the compressed form of a layer, if the target has it."""
        layer = self.memory.layer(diff_id)
        return layer if layer is not None and self._is_there(layer) else None


def _load(path: Path) -> _Content:
    try:
        raw = b"" if is_exposed(path) else read_bounded(path, _MAX_BYTES)
    except OSError:
        raw = b""
    told, _, content = raw.partition(b"\n")
    if len(raw) > _MAX_BYTES or told != hashlib.sha256(content).hexdigest().encode():
        return _Content()
    try:
        return _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Content()


def _put(known: dict[str, _T], key: str, value: _T, limit: int) -> None:
    """Put an entry last; drop the first, which was learnt first, beyond ``limit``."""
    known.pop(key, None)
    known[key] = value
    while len(known) > limit:
        del known[next(iter(known))]
