from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from sealyard.blobstore.base import BlobLostError, Progress, UploadBusyError
from sealyard.errors import UploadOffsetError, UploadUnknownError
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError, InvalidChunkError
from sealyard.oci.ranges import ByteRange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sealyard.blobstore.base import BlobStore

LARGE = bytes(range(256)) * 9000  # more than four batches, and no whole number of them


class LineDroppedError(Exception):
    pass


async def pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def dropped(content: bytes) -> AsyncIterator[bytes]:
    async for piece in pieces(content):
        yield piece
    raise LineDroppedError


async def started(store: BlobStore) -> str:
    upload = str(uuid4())
    await store.begin(upload)
    return upload


async def put(store: BlobStore, content: bytes, algorithm: str = "sha256") -> Digest:
    upload = await started(store)
    progress = await store.append(upload, pieces(content), algorithm=algorithm)
    digest = Digest.of(content, algorithm)
    assert await store.commit(upload, digest, progress) == len(content)
    return digest


async def whole(store: BlobStore, digest: Digest) -> bytes:
    part = ByteRange.whole(await store.size(digest))
    return b"".join([piece async for piece in store.read(digest, part)])


@pytest.mark.parametrize("content", [b"", b"x", LARGE])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_what_was_written_is_read(store: BlobStore, content: bytes, algorithm: str) -> None:
    async def story() -> None:
        digest = await put(store, content, algorithm)
        assert await store.size(digest) == len(content)
        assert await whole(store, digest) == content

    asyncio.run(story())


@pytest.mark.parametrize(("first", "last"), [(0, 0), (5, 600_000), (2_303_999, 2_303_999)])
def test_a_part_is_read_to_the_byte(store: BlobStore, first: int, last: int) -> None:
    async def story() -> None:
        digest = await put(store, LARGE)
        read = [piece async for piece in store.read(digest, ByteRange(first, last))]
        assert b"".join(read) == LARGE[first : last + 1]

    asyncio.run(story())


def test_an_upload_grows_by_chunks_and_says_how_far_it_is(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        assert await store.offset(upload) == 0
        first = await store.append(upload, pieces(LARGE[:700_000]), at=0, length=700_000)
        assert first == Progress(700_000, Digest.of(LARGE[:700_000]))
        assert await store.offset(upload) == 700_000
        last = await store.append(upload, pieces(LARGE[700_000:]), at=700_000)
        assert last == Progress(len(LARGE), Digest.of(LARGE))
        await store.commit(upload, Digest.of(LARGE), last)
        assert await whole(store, Digest.of(LARGE)) == LARGE

    asyncio.run(story())


def test_a_chunk_out_of_order_changes_nothing(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        await store.append(upload, pieces(b"0123456789"))
        for at in (0, 9, 11):
            with pytest.raises(UploadOffsetError) as caught:
                await store.append(upload, pieces(b"x"), at=at)
            assert caught.value.offset == 10
        assert await store.offset(upload) == 10

    asyncio.run(story())


@pytest.mark.parametrize("announced", [9, 11, 0])
def test_a_chunk_of_another_length_than_announced_is_undone(
    store: BlobStore, announced: int
) -> None:
    async def story() -> None:
        upload = await started(store)
        known = await store.append(upload, pieces(b"before"))
        with pytest.raises(InvalidChunkError):
            await store.append(upload, pieces(b"0123456789"), length=announced)
        assert await store.offset(upload) == 6
        assert await store.commit(upload, Digest.of(b"before"), known) == 6

    asyncio.run(story())


def test_after_a_dropped_connection_the_upload_goes_on_from_what_came(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        with pytest.raises(LineDroppedError):
            await store.append(upload, dropped(LARGE[:1_000_000]))
        offset = await store.offset(upload)
        assert offset == 1_000_000
        progress = await store.append(upload, pieces(LARGE[offset:]), at=offset)
        await store.commit(upload, Digest.of(LARGE), progress)
        assert await whole(store, Digest.of(LARGE)) == LARGE

    asyncio.run(story())


def test_another_worker_finishes_what_one_began(store: BlobStore, other_worker: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        await store.append(upload, pieces(LARGE[:1_000_000]))
        progress = await other_worker.append(upload, pieces(LARGE[1_000_000:]), at=1_000_000)
        assert progress.offset == len(LARGE)
        await store.commit(upload, Digest.of(LARGE), progress)
        assert await whole(other_worker, Digest.of(LARGE)) == LARGE

    asyncio.run(story())


def test_a_progress_that_does_not_fit_is_not_believed(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        await store.append(upload, pieces(b"content"))
        lie = Progress(3, Digest.of(b"something else"))
        with pytest.raises(DigestMismatchError):
            await store.commit(upload, Digest.of(b"something else"), lie)
        await store.commit(upload, Digest.of(b"content"), lie)

    asyncio.run(story())


def test_bytes_that_are_not_what_the_digest_names_do_not_become_visible(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        progress = await store.append(upload, pieces(b"altered"))
        with pytest.raises(DigestMismatchError):
            await store.commit(upload, Digest.of(b"original"), progress)
        for digest in (Digest.of(b"original"), Digest.of(b"altered")):
            with pytest.raises(BlobLostError):
                await store.size(digest)
        assert await store.offset(upload) == 7, "the upload stays: the digest may be put right"

    asyncio.run(story())


def test_the_digest_may_be_of_another_algorithm_than_was_computed(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        progress = await store.append(upload, pieces(LARGE))
        await store.commit(upload, Digest.of(LARGE, "sha512"), progress)
        assert await whole(store, Digest.of(LARGE, "sha512")) == LARGE

    asyncio.run(story())


def test_two_requests_do_not_write_to_one_upload(
    store: BlobStore, other_worker: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealyard.blobstore.filesystem._BUSY_PAUSE", 0.001)

    async def story() -> None:
        upload = await started(store)
        gate = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"first"
            await gate.wait()

        holding = asyncio.create_task(store.append(upload, slow()))
        await asyncio.sleep(0)
        with pytest.raises(UploadBusyError):
            await other_worker.append(upload, pieces(b"second"))
        gate.set()
        assert (await holding).offset == 5

    asyncio.run(story())


def test_a_finished_upload_takes_no_more_bytes(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        progress = await store.append(upload, pieces(b"x"))
        await store.commit(upload, Digest.of(b"x"), progress)
        with pytest.raises(UploadUnknownError):
            await store.append(upload, pieces(b"y"))
        with pytest.raises(UploadUnknownError):
            await store.commit(upload, Digest.of(b"x"), progress)
        assert await whole(store, Digest.of(b"x")) == b"x"

    asyncio.run(story())


def test_a_cancelled_upload_is_gone(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        await store.append(upload, pieces(b"x"))
        await store.abort(upload)
        await store.abort(upload)
        with pytest.raises(UploadUnknownError):
            await store.offset(upload)

    asyncio.run(story())


def test_what_was_not_written_to_for_long_is_listed(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)
        now = datetime.now(UTC)
        assert await store.uploads(now + timedelta(hours=1)) == [upload]
        assert await store.uploads(now - timedelta(hours=1)) == []

    asyncio.run(story())


def test_the_same_blob_twice_is_one_blob(store: BlobStore) -> None:
    async def story() -> None:
        first, second = await asyncio.gather(put(store, LARGE), put(store, LARGE))
        assert first == second
        assert await whole(store, first) == LARGE

    asyncio.run(story())


def test_a_deleted_blob_is_gone_but_not_for_who_is_reading(store: BlobStore) -> None:
    async def story() -> None:
        digest = await put(store, LARGE)
        reading = store.read(digest, ByteRange.whole(len(LARGE)))
        read = bytes(await anext(reading))
        await store.delete(digest)
        await store.delete(digest)
        async for piece in reading:
            read += piece
        assert read == LARGE
        with pytest.raises(BlobLostError):
            await store.size(digest)
        with pytest.raises(BlobLostError):
            await anext(store.read(digest, ByteRange(0, 1)))

    asyncio.run(story())


def test_a_writer_that_is_stopped_leaves_the_upload_usable(store: BlobStore) -> None:
    async def story() -> None:
        upload = await started(store)

        taken = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield LARGE
            taken.set()
            await asyncio.Event().wait()

        writing = asyncio.create_task(store.append(upload, endless()))
        await taken.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert await store.offset(upload) == len(LARGE)
        await store.commit(upload, Digest.of(LARGE), None)

    asyncio.run(story())
