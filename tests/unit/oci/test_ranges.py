from __future__ import annotations

import pytest

from sealyard.errors import RangeNotSatisfiableError
from sealyard.oci.errors import InvalidChunkError
from sealyard.oci.ranges import ByteRange


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=500-1499", 500, 1499),
        ("bytes=500-", 500, 2047),
        ("bytes=-500", 1548, 2047),
        ("bytes=-5000", 0, 2047),
        ("bytes=2000-5000", 2000, 2047),
        ("bytes=2047-2047", 2047, 2047),
    ],
)
def test_one_range_is_served_as_far_as_there_are_bytes(header: str, first: int, last: int) -> None:
    assert ByteRange.requested(header, 2048) == ByteRange(first, last)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=2048-",
        "bytes=5000-10000",
        "bytes=500-0",
        "bytes=-0",
        "bytes=-",
        "bytes=x-y",
        "bytes=1",
        f"bytes={'9' * 5000}-",
        "bytes=٣-",
    ],
)
def test_a_range_without_a_byte_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeNotSatisfiableError) as caught:
        ByteRange.requested(header, 2048)
    assert caught.value.size == 2048


def test_nothing_of_nothing_can_be_asked_for() -> None:
    with pytest.raises(RangeNotSatisfiableError):
        ByteRange.requested("bytes=0-", 0)


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "lines=1-2", "", "0-5"])
def test_what_may_be_ignored_is_ignored(header: str) -> None:
    assert ByteRange.requested(header, 2048) is None


@pytest.mark.parametrize(
    "header", ["0-99", "bytes 0-99/*", "bytes=0-99", " 0-99 ", "bytes 0-99/200"]
)
def test_a_chunk_says_where_it_starts_and_ends(header: str) -> None:
    chunk = ByteRange.of_chunk(header)
    assert (chunk.first, chunk.last, len(chunk)) == (0, 99, 100)


@pytest.mark.parametrize("header", ["", "0", "5-4", "a-b", "-5", "0-", f"0-{'9' * 5000}"])
def test_a_chunk_that_does_not_is_refused(header: str) -> None:
    with pytest.raises(InvalidChunkError):
        ByteRange.of_chunk(header)


def test_the_whole_of_nothing_is_empty() -> None:
    assert len(ByteRange.whole(0)) == 0
    assert ByteRange.whole(3) == ByteRange(0, 2)
