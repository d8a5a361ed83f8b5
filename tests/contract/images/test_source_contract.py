"""What every source of images promises, whatever it reads from."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sample_images import content_of
from sealyard.client.images.limits import PIECE_BYTES
from sealyard.errors import SealyardError
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from typing import Any, Protocol

    from sealyard.client.images.base import ImageSource

    class Place(Protocol):
        def open(self) -> ImageSource: ...
        def alter(self, layer: int) -> None: ...


def _named(source: ImageSource) -> list[Descriptor]:
    document: dict[str, Any] = json.loads(source.manifest(source.top()))
    return [
        Descriptor(one["mediaType"], Digest.parse(one["digest"]), one["size"])
        for one in (document["config"], *document["layers"])
    ]


def test_the_top_is_the_same_each_time_and_names_its_manifest(place: Place) -> None:
    with place.open() as source:
        top = source.top()
        raw = source.manifest(top)
        assert source.top() == top
        assert (Digest.of(raw), len(raw)) == (top.digest, top.size)
        assert json.loads(raw)["mediaType"] == top.media_type


def test_opened_again_it_is_the_same_image(place: Place) -> None:
    with place.open() as first, place.open() as second:
        assert content_of(first) == content_of(second)


def test_everything_that_the_manifest_names_can_be_read(place: Place) -> None:
    with place.open() as source:
        named = _named(source)
        assert len(named) == 3
        for one in named:
            content = b"".join(source.blob(one))
            assert (Digest.of(content), len(content)) == (one.digest, one.size)


def test_a_blob_can_be_read_from_anywhere_on(place: Place) -> None:
    with place.open() as source:
        for one in _named(source):
            whole = b"".join(source.blob(one))
            for offset in (1, one.size // 2, one.size - 1, one.size):
                assert b"".join(source.blob(one, offset)) == whole[offset:]


def test_pieces_are_small(place: Place) -> None:
    with place.open() as source:
        assert all(
            len(piece) <= PIECE_BYTES for one in _named(source) for piece in source.blob(one)
        )


def test_what_it_does_not_hold_is_an_error(place: Place) -> None:
    absent = Descriptor("application/octet-stream", Digest.of(b"absent"), 6)
    with place.open() as source:
        source.top()
        with pytest.raises(SealyardError):
            b"".join(source.blob(absent))
        with pytest.raises(SealyardError):
            source.manifest(absent)


def test_a_wrong_size_is_noticed(place: Place) -> None:
    with place.open() as source:
        for one in _named(source):
            for size in (one.size - 1, one.size + 1):
                with pytest.raises(SealyardError):
                    b"".join(source.blob(Descriptor(one.media_type, one.digest, size)))


@pytest.mark.parametrize("layer", [0, 1])
def test_an_altered_layer_is_never_read_to_its_end(place: Place, layer: int) -> None:
    place.alter(layer)
    with pytest.raises(SealyardError), place.open() as source:
        content_of(source)


def test_several_threads_read_at_once(place: Place) -> None:
    with place.open() as source, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: content_of(source), range(16)))
    assert all(one == found[0] for one in found)
