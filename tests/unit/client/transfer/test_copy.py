from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from memory_images import LAYER, MemoryImage, MemoryTarget, Told, named
from sealyard.client.errors import ConnectionFailedError
from sealyard.client.transfer.copy import copy_image
from sealyard.client.transfer.errors import PlatformMissingError, UnmanageableImageError
from sealyard.client.transfer.platform import Platform
from sealyard.client.transfer.progress import Kind, Outcome
from sealyard.oci import media_types
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINUX_AMD64 = {"os": "linux", "architecture": "amd64"}
LINUX_ARM = {"os": "linux", "architecture": "arm64", "variant": "v8"}


def two_platforms() -> tuple[MemoryImage, Descriptor, Descriptor, Descriptor]:
    source = MemoryImage()
    amd64 = source.add_image(b"shared", b"for amd64")
    arm64 = source.add_image(b"shared", b"for arm64", architecture="arm64")
    index = source.add_index((amd64, LINUX_AMD64), (arm64, LINUX_ARM))
    return source, amd64, arm64, index


def test_an_image_arrives_whole_and_its_manifest_last() -> None:
    source, target, told = MemoryImage(), MemoryTarget(), Told()
    top = source.add_image(b"first layer", b"second")
    assert copy_image(source, target, progress=told) == top
    assert target.content == source.content
    assert target.order[-1] == top.digest
    assert told.outcomes == dict.fromkeys(source.content, Outcome.COPIED)
    assert told.counts == {digest: len(raw) for digest, raw in source.content.items()}
    assert told.kinds[top.digest] is Kind.MANIFEST


def test_an_index_comes_after_everything_below_it() -> None:
    source, amd64, arm64, index = two_platforms()
    target = MemoryTarget()
    assert copy_image(source, target) == index
    assert target.content == source.content
    assert target.order[-3:] == [amd64.digest, arm64.digest, index.digest]


def test_a_shared_layer_is_copied_once() -> None:
    source, *_ = two_platforms()
    copy_image(source, MemoryTarget())
    opened = [digest for digest, _ in source.opened]
    assert len(opened) == len(set(opened))


def test_what_is_there_is_not_read_again() -> None:
    source, target, told = MemoryImage(), MemoryTarget(), Told()
    source.add_image(b"first layer", b"second")
    target.content[Digest.of(b"second")] = b"second"
    copy_image(source, target, progress=told)
    assert told.outcomes[Digest.of(b"second")] is Outcome.PRESENT
    assert (Digest.of(b"second"), 0) not in source.opened


def test_a_blob_of_which_nothing_was_read_was_mounted() -> None:
    class Mounting(MemoryTarget):
        def put_blob(
            self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]
        ) -> None:
            if descriptor.media_type != LAYER:
                super().put_blob(descriptor, open_at)

    source, told = MemoryImage(), Told()
    source.add_image(b"layer")
    copy_image(source, Mounting(), progress=told)
    assert told.outcomes[Digest.of(b"layer")] is Outcome.MOUNTED


def test_bytes_that_are_asked_for_again_are_counted_once() -> None:
    class Resuming(MemoryTarget):
        def put_blob(
            self, descriptor: Descriptor, open_at: Callable[[int], Iterator[bytes]]
        ) -> None:
            begun = open_at(0)
            first = next(begun)
            super().put_blob(descriptor, lambda _: iter([first, *open_at(len(first))]))
            list(open_at(0))

    source, told = MemoryImage(), Told()
    source.add_image(b"a layer of some bytes")
    copy_image(source, Resuming(), progress=told)
    assert told.counts[Digest.of(b"a layer of some bytes")] == 21


def test_of_an_index_the_one_manifest_for_a_platform_is_copied() -> None:
    source, _, arm64, index = two_platforms()
    target = MemoryTarget()
    assert copy_image(source, target, platform=Platform.parse("linux/arm64")) == arm64
    assert index.digest not in target.content
    assert Digest.of(b"for amd64") not in target.content


def test_an_index_in_an_index_is_looked_into() -> None:
    source, _, arm64, index = two_platforms()
    source.add_index((index, LINUX_ARM))
    assert copy_image(source, MemoryTarget(), platform=Platform.parse("linux/arm64")) == arm64


def test_an_image_for_another_platform_is_not_copied() -> None:
    source, target = MemoryImage(), MemoryTarget()
    source.add_image(b"layer", architecture="s390x")
    with pytest.raises(PlatformMissingError, match="linux/s390x"):
        copy_image(source, target, platform=Platform.parse("linux/arm64"))
    assert target.content == {}


def test_a_manifest_that_is_not_the_one_named_is_not_believed() -> None:
    source, target = MemoryImage(), MemoryTarget()
    top = source.add_image(b"layer")
    source.content[top.digest] += b" "
    with pytest.raises(DigestMismatchError):
        copy_image(source, target)
    assert target.content == {}


def test_layers_that_may_stay_elsewhere_do() -> None:
    source, target = MemoryImage(), MemoryTarget()
    foreign = Descriptor(
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Digest.of(b"x"), 1
    )
    config = source.add(b"{}", "application/vnd.oci.image.config.v1+json")
    document = {"schemaVersion": 2, "config": named(config), "layers": [named(foreign)]}
    top = source.add_top(document, media_types.OCI_MANIFEST)
    copy_image(source, target)
    assert set(target.content) == {config.digest, top.digest}


def test_indexes_without_end_are_given_up() -> None:
    source = MemoryImage()
    below = source.add_image(b"layer")
    for _ in range(6):
        below = source.add_index((below, None))
    with pytest.raises(UnmanageableImageError, match="deep"):
        copy_image(source, MemoryTarget())


def test_the_first_failure_stops_the_other_layers_and_nothing_is_named() -> None:
    class Failing(MemoryImage):
        def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
            if descriptor.digest == Digest.of(b"broken, and the longest of all"):
                server, reason = "there", "it broke"
                raise ConnectionFailedError(server, reason)
            return super().blob(descriptor, offset)

    source, target, told = Failing(), MemoryTarget(), Told()
    top = source.add_image(b"broken, and the longest of all", b"one", b"two", b"three")
    with pytest.raises(ConnectionFailedError):
        copy_image(source, target, workers=1, progress=told)
    assert top.digest not in target.content
    assert told.outcomes[Digest.of(b"broken, and the longest of all")] is Outcome.FAILED
    assert Digest.of(b"one") not in target.content


def test_an_image_without_layers_is_one() -> None:
    source, target = MemoryImage(), MemoryTarget()
    top = source.add_top({"schemaVersion": 2, "manifests": []}, media_types.OCI_INDEX)
    copy_image(source, target)
    assert set(target.content) == {top.digest}


def test_what_is_judged_where_it_arrives_is_not_judged_on_the_way() -> None:
    class Unjudged(MemoryImage):
        def unjudged_blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
            asked.append(descriptor.digest)
            return super().blob(descriptor, offset)

    asked: list[Digest] = []
    source, target = Unjudged(), MemoryTarget()
    source.add_image(b"layer")
    copy_image(source, target)
    assert set(asked) == {digest for digest, _ in source.opened}
    assert Digest.of(b"layer") in asked


def test_who_ends_a_copy_does_not_wait_for_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, begun = threading.Event(), threading.Event()
    ended: list[bool] = []

    class Silent(MemoryImage):
        def blob(self, descriptor: Descriptor, offset: int = 0) -> Iterator[bytes]:
            if descriptor.media_type == LAYER:
                begun.set()
                ended.append(silent.wait(20))
            return super().blob(descriptor, offset)

    def interrupted(*_: object, **__: object) -> None:
        begun.wait(60)
        raise KeyboardInterrupt

    monkeypatch.setattr("sealyard.client.transfer.copy.wait", interrupted)
    source, target = Silent(), MemoryTarget()
    top = source.add_image(b"layer")
    with pytest.raises(KeyboardInterrupt):
        copy_image(source, target)
    assert ended == []
    assert Digest.of(b"layer") not in target.content
    assert top.digest not in target.content
    silent.set()
