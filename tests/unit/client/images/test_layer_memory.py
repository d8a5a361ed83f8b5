from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sample_images import content_of, docker_24, sample
from sealyard.client.images import layer_memory
from sealyard.client.images.docker_image import LAYER
from sealyard.client.images.docker_source import DockerSource, docker_archive_source
from sealyard.client.images.errors import LayerForgottenError
from sealyard.client.images.layer_memory import FILE, LayerMemory, LayersInTarget
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMAGE = sample("lower", "upper")
A, B = Digest.of(b"a"), Digest.of(b"b")
PACKED = Descriptor(LAYER, Digest.of(b"packed"), 6)


def test_what_was_learnt_is_known_to_the_next_one(tmp_path: Path) -> None:
    memory = LayerMemory(tmp_path / "cache")
    memory.learn(A, PACKED)
    memory.learn_config(b"config")
    memory.save()
    later = LayerMemory(tmp_path / "cache")
    assert later.layer(A) == PACKED
    assert later.layer(B) is None
    assert later.config(Digest.of(b"config")) == b"config"
    assert later.config(A) is None


def test_nothing_is_written_where_nothing_was_learnt(tmp_path: Path) -> None:
    memory = LayerMemory(tmp_path / "cache")
    memory.layer(A)
    memory.save()
    assert not (tmp_path / "cache").exists()


def test_it_stays_small_and_forgets_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_memory, "MAX_LAYERS", 2)
    memory = LayerMemory(tmp_path)
    for content in (b"1", b"2", b"1", b"3"):
        memory.learn(Digest.of(content), PACKED)
    assert memory.layer(Digest.of(b"2")) is None
    assert memory.layer(Digest.of(b"1")) == PACKED
    memory.learn_config(bytes(layer_memory.MAX_CONFIG_BYTES + 1))
    memory.save()
    assert (tmp_path / FILE).stat().st_size < 1000


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-1],
        lambda raw: raw.replace(PACKED.digest.hex.encode(), A.hex.encode()),
        lambda raw: raw.replace(b"sha256:", b"sha512:", 1),
        lambda raw: raw[:0],
        lambda raw: raw[65:],
        lambda raw: b"x" * 9_000_000 + raw,
        lambda raw: _summed(raw[65:].replace(b'"layers":{', b'"layers":{"x":1,')),
        lambda raw: _summed(b"[" * 100_000 + raw[:0]),
    ],
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    memory = LayerMemory(tmp_path)
    memory.learn(A, PACKED)
    memory.save()
    path = tmp_path / FILE
    path.write_bytes(spoil(path.read_bytes()))
    later = LayerMemory(tmp_path)
    assert later.layer(A) is None
    later.learn(B, PACKED)
    later.save()
    assert LayerMemory(tmp_path).layer(B) == PACKED


def test_a_file_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    memory = LayerMemory(tmp_path)
    memory.learn(A, PACKED)
    memory.save()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).chmod(0o666)
    assert LayerMemory(tmp_path).layer(A) is None


@pytest.mark.parametrize("value", ['["no digest", 5]', f'["{PACKED.digest}", -1]'])
def test_an_entry_that_names_nothing_is_none(tmp_path: Path, value: str) -> None:
    raw = f'{{"layers":{{"{A}":{value}}},"configs":{{}}}}'.encode()
    (tmp_path / FILE).write_bytes(_summed(raw))
    (tmp_path / FILE).chmod(0o600)
    assert LayerMemory(tmp_path).layer(A) is None


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    memory = LayerMemory(tmp_path / "cache")
    memory.learn(A, PACKED)
    memory.save()


# --- what it spares


def opened(
    tmp_path: Path, there: Callable[[Descriptor], bool], read: list[Digest] | None = None
) -> DockerSource:
    """Open an image; ``read`` collects which layers are unpacked from where they lie."""
    path = tmp_path / "image.tar"
    path.write_bytes(docker_24({"app:1": IMAGE}))
    known = LayersInTarget(LayerMemory(tmp_path / "cache"), there)
    if read is None:
        return docker_archive_source(path, None, known)
    return DockerSource("app", IMAGE.config, Counted(read), known)


@dataclass
class Counted:
    """Layers in memory, which note when they are read."""

    read: list[Digest]

    def layer(self, diff_id: Digest) -> Iterator[bytes]:
        self.read.append(diff_id)
        yield {Digest.of(one): one for one in IMAGE.unpacked}[diff_id]

    def compressed(self, _diff_id: Digest) -> None:
        return None

    def close(self) -> None:
        return None


def test_a_layer_that_the_target_has_is_not_read_again(tmp_path: Path) -> None:
    read: list[Digest] = []
    with opened(tmp_path, lambda _: False, read) as first:
        top = first.top()
    assert len(read) == 2
    with opened(tmp_path, lambda _: True, read) as second:
        assert second.top() == top
        assert second.manifest(top)
    assert len(read) == 2


def test_a_layer_that_the_target_lost_is_made_again(tmp_path: Path) -> None:
    with opened(tmp_path, lambda _: False) as first:
        content = content_of(first)
    with opened(tmp_path, lambda _: True) as second:
        assert content_of(second) == content


def test_a_wrong_entry_costs_no_more_than_making_the_layer_again(tmp_path: Path) -> None:
    with opened(tmp_path, lambda _: False) as first:
        content = content_of(first)
    memory = LayerMemory(tmp_path / "cache")
    for one in IMAGE.unpacked:
        memory.learn(Digest.of(one), PACKED)
    memory.save()
    with opened(tmp_path, lambda layer: layer.digest != PACKED.digest) as second:
        assert content_of(second) == content
    with opened(tmp_path, lambda _: True) as third:
        assert third.top().digest in content


def test_a_wrong_entry_that_the_target_confirms_and_then_wants_ends_the_push(
    tmp_path: Path,
) -> None:
    memory = LayerMemory(tmp_path / "cache")
    memory.learn(Digest.of(IMAGE.unpacked[0]), PACKED)
    memory.save()
    with opened(tmp_path, lambda _: True) as source:
        source.top()
        with pytest.raises(LayerForgottenError, match="run the command again"):
            list(source.blob(PACKED))
    with opened(tmp_path, lambda _: True) as again:
        assert content_of(again)


def _summed(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content
