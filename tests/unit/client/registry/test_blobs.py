from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from remote_registry import RemoteRegistry
from sealyard.client.errors import (
    ConnectionFailedError,
    ServerRefusedError,
    UnexpectedAnswerError,
)
from sealyard.client.registry.errors import AnswerTooLongError, BlobMissingError, TooSlowError
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError, SizeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from remote_registry import Fault

LARGE = bytes(range(256)) * 10_000  # more than is sent in one piece with the end
SMALL = b"a small blob"


@pytest.fixture
def registry() -> RemoteRegistry:
    return RemoteRegistry()


def described(content: bytes) -> Descriptor:
    return Descriptor("application/octet-stream", Digest.of(content), len(content))


def opening(content: bytes, opened: list[int] | None = None) -> Callable[[int], Iterator[bytes]]:
    def open_at(offset: int) -> Iterator[bytes]:
        if opened is not None:
            opened.append(offset)
        for start in range(offset, len(content), 100_000):
            yield content[start : start + 100_000]

    return open_at


class Broken(httpx.SyncByteStream):
    """A body that ends with an error after some bytes."""

    def __init__(self, content: bytes, error: Exception) -> None:
        self.content = content
        self.error = error

    def __iter__(self) -> Iterator[bytes]:
        yield self.content
        raise self.error


# --- out of a registry


def test_a_blob_streams_and_is_verified(registry: RemoteRegistry) -> None:
    registry.add_blob(LARGE)
    assert b"".join(registry.repository().blob(described(LARGE))) == LARGE
    assert b"".join(registry.repository().blob(described(LARGE), 1000)) == LARGE[1000:]


def test_an_altered_blob_ends_with_an_error(registry: RemoteRegistry) -> None:
    registry.blobs["team/app", Digest.of(SMALL)] = b"a SMALL blob"
    pieces = registry.repository().blob(described(SMALL))
    assert next(pieces) == b"a SMALL blob"
    with pytest.raises(DigestMismatchError):
        next(pieces)


def test_a_blob_without_end_is_given_up(registry: RemoteRegistry) -> None:
    registry.blobs["team/app", Digest.of(SMALL)] = SMALL + b"!"
    with pytest.raises(AnswerTooLongError):
        list(registry.repository().blob(described(SMALL)))


def test_a_blob_that_is_not_there_is_missing(registry: RemoteRegistry) -> None:
    repository = registry.repository()
    assert not repository.has_blob(Digest.of(SMALL))
    with pytest.raises(BlobMissingError):
        list(repository.blob(described(SMALL)))


def broken_after(count: int) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response | None:
        if "/blobs/" not in request.url.path or request.method != "GET":
            return None
        error = httpx.ReadError("it broke")
        first = int(request.headers.get("Range", "bytes=0-")[6:-1])
        headers = {"Content-Range": f"bytes {first}-"}
        stream = Broken(LARGE[first : first + count], error)
        return httpx.Response(206 if first else 200, headers=headers, stream=stream)

    return fault


def test_a_broken_download_goes_on_where_it_broke(registry: RemoteRegistry) -> None:
    registry.add_blob(LARGE)
    registry.faults.extend([broken_after(1000), broken_after(500)])
    assert b"".join(registry.repository().blob(described(LARGE))) == LARGE
    ranges = [request.headers.get("Range") for request in registry.requests[2:]]
    assert ranges == [None, "bytes=1000-", "bytes=1500-"]


def test_a_download_that_gets_nowhere_is_given_up(registry: RemoteRegistry) -> None:
    registry.add_blob(LARGE)
    registry.faults.extend([broken_after(0)] * 9)
    with pytest.raises(ConnectionFailedError):
        list(registry.repository().blob(described(LARGE)))
    assert len(registry.clock.slept) == 3


def test_a_download_that_breaks_off_after_every_byte_is_given_up(registry: RemoteRegistry) -> None:
    registry.add_blob(LARGE)
    registry.faults.extend([broken_after(1)] * 99)
    with pytest.raises(ConnectionFailedError):
        list(registry.repository().blob(described(LARGE)))
    assert len(registry.clock.slept) == 3


def test_a_download_of_which_nothing_came_in_all_its_time_is_not_begun_again(
    registry: RemoteRegistry,
) -> None:
    registry.add_blob(LARGE)
    registry.faults.append(
        lambda request: httpx.ReadTimeout("no answer") if "/blobs/" in request.url.path else None
    )
    with pytest.raises(TooSlowError):
        list(registry.repository().blob(described(LARGE)))
    assert registry.clock.slept == []


def test_a_blob_that_ends_too_early_goes_on_too(registry: RemoteRegistry) -> None:
    registry.add_blob(SMALL)
    registry.faults.append(
        lambda request: (
            httpx.Response(200, content=SMALL[:4]) if "/blobs/" in request.url.path else None
        )
    )
    assert b"".join(registry.repository().blob(described(SMALL))) == SMALL


def test_a_server_without_ranges_sends_all_again(registry: RemoteRegistry) -> None:
    registry.add_blob(LARGE)
    registry.faults.append(broken_after(1000))
    registry.faults.append(
        lambda request: httpx.Response(200, content=LARGE) if "Range" in request.headers else None
    )
    assert b"".join(registry.repository().blob(described(LARGE))) == LARGE


def test_another_range_than_was_asked_for_is_not_taken(registry: RemoteRegistry) -> None:
    registry.add_blob(LARGE)
    registry.faults.append(broken_after(1000))
    wrong = httpx.Response(206, headers={"Content-Range": "bytes 0-9/10"}, content=LARGE)
    registry.faults.append(lambda request: wrong if "Range" in request.headers else None)
    with pytest.raises(UnexpectedAnswerError, match="from 1000 on"):
        list(registry.repository().blob(described(LARGE)))


def test_a_blob_that_is_stored_elsewhere_is_there(registry: RemoteRegistry) -> None:
    elsewhere = httpx.Response(307, headers={"Location": "https://store.test/"})
    registry.faults.append(lambda request: elsewhere if request.method == "HEAD" else None)
    assert registry.repository().has_blob(Digest.of(SMALL))


# --- into a registry


@pytest.mark.parametrize("content", [b"", SMALL, LARGE])
def test_a_blob_is_uploaded(registry: RemoteRegistry, content: bytes) -> None:
    repository = registry.repository()
    repository.upload(described(content), opening(content))
    assert repository.has_blob(Digest.of(content))
    assert registry.blobs["team/app", Digest.of(content)] == content
    assert registry.uploads == {}


def test_a_small_blob_is_sent_with_the_end(registry: RemoteRegistry) -> None:
    registry.repository().upload(described(SMALL), opening(SMALL))
    assert [line.split()[0] for line in registry.asked()] == ["POST", "PUT"]


def cut_after(registry: RemoteRegistry, count: int) -> Fault:
    """Take so many bytes of an upload, then break."""

    def fault(request: httpx.Request) -> Exception | None:
        if request.method != "PATCH":
            return None
        request.read()
        upload = request.url.path.rpartition("/")[2]
        registry.uploads[upload].content += request.content[:count]
        return httpx.WriteError("it broke")

    return fault


def test_a_broken_upload_goes_on_where_the_registry_stands(registry: RemoteRegistry) -> None:
    registry.faults.extend([cut_after(registry, 1000), cut_after(registry, 2000)])
    opened: list[int] = []
    registry.repository().upload(described(LARGE), opening(LARGE, opened))
    assert registry.blobs["team/app", Digest.of(LARGE)] == LARGE
    assert opened == [0, 1000, 3000]


def test_an_upload_that_gets_nowhere_is_given_up(registry: RemoteRegistry) -> None:
    registry.faults.extend([cut_after(registry, 0)] * 9)
    with pytest.raises(ConnectionFailedError):
        registry.repository().upload(described(LARGE), opening(LARGE))
    assert len(registry.clock.slept) == 3


def test_an_upload_that_breaks_off_after_every_byte_is_given_up(registry: RemoteRegistry) -> None:
    registry.faults.extend([cut_after(registry, 2)] * 99)
    with pytest.raises(ConnectionFailedError):
        registry.repository().upload(described(LARGE), opening(LARGE))
    assert len(registry.clock.slept) == 3


def test_an_upload_that_the_registry_forgot_is_started_again(registry: RemoteRegistry) -> None:
    def forget(request: httpx.Request) -> Exception | None:
        if request.method != "PATCH":
            return None
        registry.uploads.clear()
        return httpx.WriteError("it broke")

    registry.faults.append(forget)
    registry.repository().upload(described(LARGE), opening(LARGE))
    assert registry.blobs["team/app", Digest.of(LARGE)] == LARGE


def test_other_bytes_than_announced_are_never_stored(registry: RemoteRegistry) -> None:
    repository = registry.repository()
    with pytest.raises(DigestMismatchError):
        repository.upload(described(LARGE), opening(LARGE[:-1] + b"?"))
    with pytest.raises(SizeMismatchError):
        repository.upload(described(LARGE), opening(LARGE + b"?"))
    with pytest.raises(SizeMismatchError):
        repository.upload(described(SMALL), opening(SMALL[:3]))
    assert registry.blobs == {}
    assert registry.uploads == {}


def test_a_refused_upload_is_not_repeated(registry: RemoteRegistry) -> None:
    registry.faults.append(
        lambda request: httpx.Response(413) if request.method == "PATCH" else None
    )
    with pytest.raises(ServerRefusedError):
        registry.repository().upload(described(LARGE), opening(LARGE))
    assert registry.clock.slept == []


def test_a_failure_of_whoever_gives_the_bytes_is_passed_on(registry: RemoteRegistry) -> None:
    def broken(_offset: int) -> Iterator[bytes]:
        yield SMALL[:3]
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 (the very one)
        registry.repository().upload(described(SMALL), broken)
    assert registry.blobs == {}


def test_an_upload_goes_nowhere_in_the_clear(registry: RemoteRegistry) -> None:
    registry.faults.append(
        lambda request: (
            httpx.Response(202, headers={"Location": "http://store.test/upload"})
            if request.method == "POST"
            else None
        )
    )
    with pytest.raises(UnexpectedAnswerError, match="without https"):
        registry.repository().upload(described(LARGE), opening(LARGE))
    assert all(request.url.host != "store.test" for request in registry.requests)


def test_an_upload_elsewhere_goes_there_without_our_credentials(registry: RemoteRegistry) -> None:
    there = "https://store.test/upload"

    def sent_on(request: httpx.Request) -> httpx.Response | None:
        if request.url.host == "store.test":
            return httpx.Response(201)
        if request.method == "POST":
            return httpx.Response(202, headers={"Location": there})
        return None

    registry.faults.extend([sent_on] * 2)
    registry.repository().upload(described(SMALL), opening(SMALL))
    *_, begun, sent = registry.requests
    assert "Authorization" in begun.headers
    assert str(sent.url).startswith(there)
    assert "Authorization" not in sent.headers


def test_an_upload_has_to_say_where_it_goes_on(registry: RemoteRegistry) -> None:
    registry.faults.append(
        lambda request: httpx.Response(202) if request.method == "POST" else None
    )
    with pytest.raises(UnexpectedAnswerError, match="where the upload goes on"):
        registry.repository().upload(described(SMALL), opening(SMALL))


def test_a_blob_of_another_repository_is_mounted(registry: RemoteRegistry) -> None:
    digest = registry.add_blob(SMALL, "other/app")
    repository = registry.repository()
    assert repository.mount(digest, "other/app")
    assert repository.has_blob(digest)
    asked = registry.requests[1].url.params.get_list("scope")
    assert asked == ["repository:team/app:pull,push", "repository:other/app:pull"]


def test_a_mount_that_fails_leaves_nothing_behind(registry: RemoteRegistry) -> None:
    assert not registry.repository().mount(Digest.of(SMALL), "other/app")
    assert registry.uploads == {}


def test_a_download_that_fell_silent_goes_on_once(registry: RemoteRegistry) -> None:
    def silent(request: httpx.Request) -> httpx.Response | None:
        if "/blobs/" not in request.url.path:
            return None
        first = int(request.headers.get("Range", "bytes=0-")[6:-1])
        stream = Broken(LARGE[first : first + 9], httpx.ReadTimeout("silence"))
        headers = {"Content-Range": f"bytes {first}-"}
        return httpx.Response(206 if first else 200, headers=headers, stream=stream)

    registry.add_blob(LARGE)
    registry.faults.append(silent)
    assert b"".join(registry.repository().blob(described(LARGE))) == LARGE
