from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from remote_registry import HOST, RemoteRegistry
from sealyard.client.errors import ServerRefusedError, UnexpectedAnswerError
from sealyard.client.registry.errors import (
    AnswerTooLongError,
    ManifestMissingError,
    TagsStayError,
)
from sealyard.client.registry.listing import repositories
from sealyard.oci import media_types
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from remote_registry import Fault

RAW = b'{"schemaVersion":2}'


@pytest.fixture
def registry() -> RemoteRegistry:
    return RemoteRegistry()


def test_a_manifest_is_fetched_by_tag_and_by_digest(registry: RemoteRegistry) -> None:
    digest = registry.add_manifest(RAW, media_types.OCI_MANIFEST, tag="1.0")
    repository = registry.repository()
    for reference in ("1.0", digest):
        found = repository.manifest(reference)
        assert (found.raw, found.media_type, found.digest) == (
            RAW,
            media_types.OCI_MANIFEST,
            digest,
        )
        assert repository.describe(reference) == found.descriptor


def test_what_is_not_there_is_missing(registry: RemoteRegistry) -> None:
    repository = registry.repository()
    assert repository.describe("1.0") is None
    with pytest.raises(ManifestMissingError, match=r"no image 1.0 in registry.test:5443/team/app"):
        repository.manifest("1.0")
    with pytest.raises(ManifestMissingError):
        repository.delete_tag("1.0")


def test_bytes_that_are_not_those_of_the_digest_are_refused(registry: RemoteRegistry) -> None:
    digest = registry.add_manifest(RAW, media_types.OCI_MANIFEST, tag="1.0")
    registry.manifests["team/app", digest] = (RAW + b" ", media_types.OCI_MANIFEST)
    for reference in ("1.0", digest):
        with pytest.raises(DigestMismatchError):
            registry.repository().manifest(reference)


def test_a_head_that_names_another_digest_is_refused(registry: RemoteRegistry) -> None:
    headers = {
        "Docker-Content-Digest": str(Digest.of(b"other")),
        "Content-Length": "5",
        "Content-Type": media_types.OCI_MANIFEST,
    }
    registry.faults.append(
        lambda request: httpx.Response(200, headers=headers) if request.method == "HEAD" else None
    )
    with pytest.raises(DigestMismatchError):
        registry.repository().describe(Digest.of(RAW))


def test_why_a_manifest_is_kept_from_everybody_is_asked_with_get(registry: RemoteRegistry) -> None:
    body = {"errors": [{"code": "UNSUPPORTED", "message": "team/app is locked"}]}

    def locked(request: httpx.Request) -> httpx.Response | None:
        if "/manifests/" not in request.url.path:
            return None
        return httpx.Response(405, json=None if request.method == "HEAD" else body)

    registry.faults += [locked, locked]
    with pytest.raises(ServerRefusedError, match="team/app is locked"):
        registry.repository().describe("1.0")


def test_an_endless_manifest_is_given_up(registry: RemoteRegistry) -> None:
    digest = registry.add_manifest(b" " * (4 * 1024 * 1024 + 1), media_types.OCI_MANIFEST)
    with pytest.raises(AnswerTooLongError):
        registry.repository().manifest(digest)


def test_an_answer_that_is_no_manifest_is_unexpected(registry: RemoteRegistry) -> None:
    digest = registry.add_manifest(RAW, "text/html")
    with pytest.raises(UnexpectedAnswerError):
        registry.repository().manifest(digest)


def test_a_manifest_is_put_and_deleted(registry: RemoteRegistry) -> None:
    repository = registry.repository()
    repository.put_manifest("1.0", RAW, media_types.OCI_MANIFEST)
    repository.put_manifest(Digest.of(RAW), RAW, media_types.OCI_MANIFEST)
    assert list(repository.tags()) == ["1.0"]
    repository.delete_tag("1.0")
    assert list(repository.tags()) == []
    repository.delete_manifest(Digest.of(RAW))
    assert registry.manifests == {}


def test_a_registry_that_cannot_delete_a_tag_is_understood(registry: RemoteRegistry) -> None:
    refusal = httpx.Response(400, json={"errors": [{"code": "DIGEST_INVALID"}]})
    registry.faults.append(lambda request: refusal if request.method == "DELETE" else None)
    with pytest.raises(TagsStayError, match=r"name its digest: registry\.test:5443/team/app@"):
        registry.repository().delete_tag("1.0")


def test_nothing_is_put_under_a_digest_that_is_not_its_own(registry: RemoteRegistry) -> None:
    with pytest.raises(DigestMismatchError):
        registry.repository().put_manifest(Digest.of(b"x"), RAW, media_types.OCI_MANIFEST)
    assert registry.asked() == []


def endless(path: str, names: dict[str, list[str]], padding: bytes) -> Fault:
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != path:
            return None
        link = {"Link": f'<{path}?last=v1>; rel="next"'}
        return httpx.Response(200, content=json.dumps(names).encode() + padding, headers=link)

    return answer


MANY = [f"v{number}" for number in range(100_000)]


@pytest.mark.parametrize(
    ("names", "padding", "pages"), [(MANY, b"", 11), (["v1"], b" " * 8_000_000, 17)]
)
def test_a_list_without_end_is_given_up(
    registry: RemoteRegistry, names: list[str], padding: bytes, pages: int
) -> None:
    lists: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
        "/v2/team/app/tags/list": ("tags", registry.repository().tags),
        "/v2/_catalog": ("repositories", lambda: repositories(registry.origins().registry(HOST))),
    }
    for path, (key, listed) in lists.items():
        registry.faults.extend([endless(path, {key: names}, padding)] * 99)
        with pytest.raises(UnexpectedAnswerError, match="more than 1000000 names or 128 MiB"):
            for _ in listed():
                pass
        assert sum(request.url.path == path for request in registry.requests) == pages
        registry.faults.clear()


def test_a_list_of_tags_goes_on_over_pages(registry: RemoteRegistry) -> None:
    link = {"Link": '</v2/team/app/tags/list?n=1&last=a>; rel="next"'}
    registry.add_manifest(RAW, media_types.OCI_MANIFEST, tag="b")
    registry.faults.append(
        lambda request: (
            httpx.Response(200, json={"tags": ["a"]}, headers=link)
            if request.url.path.endswith("/tags/list")
            else None
        )
    )
    assert list(registry.repository().tags()) == ["a", "b"]
    assert registry.requests[-1].url.params["last"] == "a"


def test_names_that_can_be_none_are_not_believed(registry: RemoteRegistry) -> None:
    registry.faults.append(
        lambda request: (
            httpx.Response(200, json={"tags": ["../../etc"]})
            if request.url.path.endswith("/tags/list")
            else None
        )
    )
    with pytest.raises(UnexpectedAnswerError):
        list(registry.repository().tags())


def test_a_refusal_has_the_registry_s_words(registry: RemoteRegistry) -> None:
    registry.faults.append(
        lambda request: (
            httpx.Response(
                403, json={"errors": [{"code": "DENIED", "message": "you may not push"}]}
            )
            if request.method == "PUT"
            else None
        )
    )
    with pytest.raises(ServerRefusedError, match="you may not push") as caught:
        registry.repository().put_manifest("1.0", RAW, media_types.OCI_MANIFEST)
    assert (caught.value.status, caught.value.code) == (403, "DENIED")


def test_a_remote_manifest_names_itself() -> None:
    registry = RemoteRegistry(scheme="none")
    digest = registry.add_manifest(RAW, media_types.OCI_MANIFEST)
    found = registry.repository().manifest(digest)
    assert found.descriptor.size == len(RAW)
    assert replace(found, raw=b"").descriptor.size == 0
