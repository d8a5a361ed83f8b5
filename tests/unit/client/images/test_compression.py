from __future__ import annotations

import gzip
import io
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.client.images.compression import Compressor, Squeezed, gunzipped
from sealyard.client.images.errors import MalformedImageError
from sealyard.client.images.limits import PIECE_BYTES
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 512 * 1024


def compressed(pieces: Iterable[bytes], workers: int = 2) -> tuple[Squeezed, bytes]:
    out = io.BytesIO()
    with closing(Compressor(workers)) as compressor:
        return compressor.compress(pieces, out.write), out.getvalue()


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def content_of(size: int) -> bytes:
    """Return bytes that are neither all alike nor all different."""
    word = b"".join(Digest.of(str(number).encode()).hex.encode() for number in range(2000))
    return (word * (size // len(word) + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 5 * BLOCK + 17])
def test_every_program_reads_what_was_compressed(size: int) -> None:
    content = content_of(size)
    squeezed, raw = compressed(cut(content, 100_000))
    assert gzip.decompress(raw) == content
    one_member = zlib.decompressobj(31)
    assert one_member.decompress(raw) == content
    assert one_member.eof
    assert one_member.unused_data == b""
    assert squeezed == Squeezed(Digest.of(content), Digest.of(raw), len(raw))


def test_the_same_layer_becomes_the_same_bytes_however_it_comes() -> None:
    content = content_of(3 * BLOCK + 5)
    made = {
        compressed(cut(content, size), workers)[1]
        for size in (999, BLOCK, len(content))
        for workers in (1, 4)
    }
    assert len(made) == 1
    assert made.pop()[4:10] == b"\0\0\0\0\0\xff"  # RFC 1952: no time, no hint, unknown system


def test_the_end_of_a_block_helps_the_next_one() -> None:
    block = content_of(BLOCK)
    once, twice = compressed([block])[1], compressed([block, block])[1]
    assert len(twice) < 2 * len(once)


def test_what_the_layer_raises_comes_through() -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * BLOCK * 3
        raise MalformedImageError("a.tar", "broken")  # noqa: EM101

    with pytest.raises(MalformedImageError, match="broken"):
        compressed(broken())


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
@pytest.mark.parametrize("piece", [1000, 5_000_000])
def test_unpacking_gives_small_pieces_of_everything(size: int, piece: int) -> None:
    content = content_of(size)
    pieces = list(gunzipped(cut(gzip.compress(content), piece), "a.tar"))
    assert b"".join(pieces) == content
    assert all(len(one) <= PIECE_BYTES for one in pieces)


def test_several_members_and_padding_are_unpacked() -> None:
    raw = gzip.compress(b"one") + gzip.compress(b"two") + bytes(1000)
    for size in (1, 7, 10_000):
        assert b"".join(gunzipped(cut(raw, size), "a.tar")) == b"onetwo"


@pytest.mark.parametrize("size", [1, 11, 10_000])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x1f\x8b",
        gzip.compress(b"cut off")[:-1],
        gzip.compress(b"more behind") + b"junk",
        gzip.compress(b"wrong sum")[:-8] + bytes(8),
        gzip.compress(b"x") + gzip.compress(b"second one cut")[:-3],
    ],
)
def test_what_is_damaged_is_refused(raw: bytes, size: int) -> None:
    with pytest.raises(MalformedImageError):
        list(gunzipped(cut(raw, size), "a.tar"))


def test_a_bomb_ends_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    seen: list[int] = []
    pieces = gunzipped([bomb], "a.tar", limit=2_000_000)
    with pytest.raises(MalformedImageError, match="unpacks to more than 2000000"):
        seen.extend(len(piece) for piece in pieces)
    assert sum(seen) <= 2_000_000


@given(st.binary(max_size=2000), st.integers(1, 300))
def test_any_bytes_survive(content: bytes, size: int) -> None:
    raw = compressed(cut(content, size), 1)[1]
    assert b"".join(gunzipped(cut(raw, size), "a.tar")) == content


@given(st.binary(max_size=300))
def test_any_bytes_are_unpacked_or_refused(raw: bytes) -> None:
    try:
        unpacked = b"".join(gunzipped([raw], "a.tar", limit=100_000))
    except MalformedImageError:
        return
    assert gzip.decompress(raw) == unpacked
