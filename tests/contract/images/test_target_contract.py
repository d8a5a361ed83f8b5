"""What every target of images promises, whatever it writes to."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sample_images import Sample, content_of, finished, from_offset, put, sample
from sealyard.errors import SealyardError
from sealyard.oci.references import ImageReference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from sealyard.client.images.base import ImageSource, ImageTarget
    from sealyard.oci.digest import Digest

    class Destination(Protocol):
        def open(self) -> ImageTarget: ...
        def source(self, one: Sample, reference: ImageReference) -> ImageSource: ...
        def is_empty(self) -> bool: ...


IMAGE = sample("lower", "upper")
OTHER = sample("lower", "different")
ONE, TWO = (ImageReference.parse(f"registry.test/team/app:{tag}") for tag in ("1", "2"))


def test_what_was_put_is_there(target: ImageTarget) -> None:
    with target:
        parts = [*IMAGE.blobs, IMAGE.top]
        assert not any(target.has(one) for one in parts)
        put(target, IMAGE)
        assert all(target.has(one) for one in parts)


def test_altered_content_is_refused_and_not_kept(target: ImageTarget) -> None:
    layer = IMAGE.layers[0]
    wrong = b"x" * layer.size
    with target:
        with pytest.raises(SealyardError):
            target.put_blob(layer, lambda offset: iter([wrong[offset:]]))
        assert not target.has(layer)


@pytest.mark.parametrize("change", [-1, 1])
def test_too_few_or_too_many_bytes_are_refused(target: ImageTarget, change: int) -> None:
    layer = IMAGE.layers[0]
    content = IMAGE.blobs[layer]
    wrong = content[:change] if change < 0 else content + b"!"
    with target:
        with pytest.raises(SealyardError):
            target.put_blob(layer, lambda offset: iter([wrong[offset:]]))
        assert not target.has(layer)


def test_what_fails_on_its_way_leaves_nothing(target: ImageTarget) -> None:
    class BrokenError(SealyardError):
        pass

    def broken(offset: int) -> Iterator[bytes]:
        yield IMAGE.blobs[IMAGE.layers[0]][offset : offset + 10]
        raise BrokenError

    with target:
        with pytest.raises(SealyardError):
            target.put_blob(IMAGE.layers[0], broken)
        assert not target.has(IMAGE.layers[0])


def test_putting_the_same_twice_is_putting_it_once(target: ImageTarget) -> None:
    with target:
        put(target, IMAGE, IMAGE)
        assert all(target.has(one) for one in (*IMAGE.blobs, IMAGE.top))


def test_several_threads_put_at_once(target: ImageTarget) -> None:
    with target, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda one: put(target, one), [IMAGE, OTHER] * 4))
        assert all(target.has(one) for one in (*IMAGE.blobs, *OTHER.blobs, IMAGE.top, OTHER.top))


def test_what_was_finished_comes_out_again(destination: Destination) -> None:
    with destination.open() as target:
        finished(target, IMAGE, ONE)
    with destination.source(IMAGE, ONE) as source:
        assert _layers(content_of(source)) == _layers(_content(IMAGE))


def test_nothing_is_visible_before_it_is_finished(destination: Destination) -> None:
    with destination.open() as target:
        put(target, IMAGE)
        assert destination.is_empty()
    assert destination.is_empty()


def test_an_image_that_is_not_whole_is_not_shown(destination: Destination) -> None:
    with destination.open() as target:
        for descriptor, content in IMAGE.blobs.items():
            if descriptor != IMAGE.layers[1]:
                target.put_blob(descriptor, partial(from_offset, content))
        target.put_manifest(IMAGE.top, IMAGE.raw)
        with pytest.raises(SealyardError):
            target.finish(IMAGE.top, ONE)
    assert destination.is_empty()


def test_two_images_are_found_by_their_names(destination: Destination) -> None:
    with destination.open() as target:
        finished(target, IMAGE, ONE)
        finished(target, OTHER, TWO)
    for image, name in ((IMAGE, ONE), (OTHER, TWO)):
        with destination.source(image, name) as source:
            assert _layers(content_of(source)) == _layers(_content(image))


def test_a_name_that_is_given_again_means_the_last_image(destination: Destination) -> None:
    with destination.open() as target:
        finished(target, IMAGE, ONE)
        finished(target, OTHER, ONE)
    with destination.source(OTHER, ONE) as source:
        assert _layers(content_of(source)) == _layers(_content(OTHER))


def _content(image: Sample) -> dict[Digest, bytes]:
    return {descriptor.digest: content for descriptor, content in image.blobs.items()}


def _layers(content: dict[Digest, bytes]) -> set[bytes]:
    """Return what an image is made of, its layers unpacked: docker's forms pack them anew."""
    return {
        gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one
        for one in content.values()
        if b'"schemaVersion"' not in one[:200]
    }
