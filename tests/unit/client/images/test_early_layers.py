from __future__ import annotations

import gzip
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from sample_images import docker_24, docker_25, sample
from sealyard.client.images.docker_image import LAYER
from sealyard.client.images.early_layers import EarlyLayers, GrowingFile
from sealyard.client.images.errors import EngineAnswerError
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sample_images import Sample

IMAGE = sample("lower", "middle", "upper")
DIFF_IDS = [Digest.of(one) for one in IMAGE.unpacked]


def cut(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[start : start + size] for start in range(0, len(raw), size))


@pytest.mark.parametrize("form", [docker_24, docker_25])
@pytest.mark.parametrize("size", [700, 100_000, 10_000_000])
def test_every_layer_is_made_whatever_the_pieces(
    form: Callable[[Mapping[str, Sample]], bytes], size: int
) -> None:
    raw = form({"app:1": IMAGE})
    growing = GrowingFile("app")
    with closing(EarlyLayers(growing)) as early:
        with closing(growing.fill(cut(raw, size))) as whole:
            assert b"".join(whole.pieces(0, whole.size)) == raw
            for diff_id, unpacked in zip(DIFF_IDS, IMAGE.unpacked, strict=True):
                taken = early.take(diff_id)
                assert taken is not None
                layer, file = taken
                with closing(file):
                    packed = b"".join(file.pieces(0, file.size))
                assert (layer.media_type, layer.digest) == (LAYER, Digest.of(packed))
                assert gzip.decompress(packed) == unpacked
        assert early.take(DIFF_IDS[0]) is None
        assert early.take(Digest.of(IMAGE.config)) is None


def test_a_layer_is_made_before_the_rest_has_come() -> None:
    raw = docker_25({"app:1": IMAGE})
    ends = [raw.index(one) + len(one) for one in IMAGE.unpacked]
    first = DIFF_IDS[ends.index(min(ends))]
    made = threading.Event()
    growing = GrowingFile("app")
    early = EarlyLayers(growing)

    def pieces() -> Iterator[bytes]:
        yield raw[: min(ends) + 1024]
        taken = early.take(first)
        assert taken is not None
        taken[1].close()
        made.set()
        yield raw[min(ends) + 1024 :]

    with closing(early), closing(growing.fill(pieces())):
        assert made.is_set()


@pytest.mark.parametrize("raw", [b"", b"no archive" * 1000, docker_24({"app:1": IMAGE})[:3000]])
def test_what_is_no_archive_ends_in_nothing_made(raw: bytes) -> None:
    growing = GrowingFile("app")
    with closing(EarlyLayers(growing)) as early, closing(growing.fill([raw])):
        assert all(early.take(diff_id) is None for diff_id in DIFF_IDS)


def test_an_export_that_breaks_is_told_and_nobody_waits() -> None:
    def broken() -> Iterator[bytes]:
        yield docker_24({"app:1": IMAGE})[:2000]
        raise EngineAnswerError("broken")  # noqa: EM101 (the reason itself)

    growing = GrowingFile("app")
    with closing(EarlyLayers(growing)) as early:
        with pytest.raises(EngineAnswerError):
            growing.fill(broken())
        assert early.take(DIFF_IDS[0]) is None
