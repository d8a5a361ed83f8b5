from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from registry_client import RegistryClient

CONTENT = bytes(range(256)) * 8


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_blob_is_served_as_it_came(client: RegistryClient, algorithm: str) -> None:
    digest = client.push_blob("team/app", CONTENT, algorithm)
    for method, body in (("GET", CONTENT), ("HEAD", b"")):
        answer = client.ask(method, f"/v2/team/app/blobs/{digest}")
        assert answer.status_code == 200
        assert answer.content == body
        assert answer.headers["content-length"] == str(len(CONTENT))
        assert answer.headers["docker-content-digest"] == digest
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"


def test_a_large_blob_comes_whole(client: RegistryClient) -> None:
    content = CONTENT * 1500
    digest = client.push_blob("app", content)
    assert client.ask("GET", f"/v2/app/blobs/{digest}").content == content


def test_an_empty_blob_is_a_blob(client: RegistryClient) -> None:
    digest = client.push_blob("app", b"")
    answer = client.ask("GET", f"/v2/app/blobs/{digest}")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("500-1499", 500, 1499), ("500-", 500, 2047), ("-500", 1548, 2047), ("2000-5000", 2000, 2047)],
)
def test_one_range_is_served(client: RegistryClient, asked: str, first: int, last: int) -> None:
    digest = client.push_blob("app", CONTENT)
    answer = client.ask("GET", f"/v2/app/blobs/{digest}", headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == CONTENT[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/2048"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.headers["docker-content-digest"] == digest


@pytest.mark.parametrize("asked", ["500-0", "5000-10000", "-0", "x"])
def test_a_range_that_holds_nothing_is_refused(client: RegistryClient, asked: str) -> None:
    digest = client.push_blob("app", CONTENT)
    answer = client.ask("GET", f"/v2/app/blobs/{digest}", headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */2048"


def test_several_ranges_are_answered_with_everything(client: RegistryClient) -> None:
    digest = client.push_blob("app", CONTENT)
    answer = client.ask("GET", f"/v2/app/blobs/{digest}", headers={"Range": "bytes=0-1,4-5"})
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_what_the_client_has_is_not_sent_again(client: RegistryClient) -> None:
    digest = client.push_blob("app", CONTENT)
    answer = client.ask("GET", f"/v2/app/blobs/{digest}", headers={"If-None-Match": f'"{digest}"'})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_blob_is_not_served_through_a_repository_that_does_not_hold_it(
    client: RegistryClient,
) -> None:
    digest = client.push_blob("private", CONTENT)
    client.push_blob("app", b"other")
    for method in ("GET", "HEAD", "DELETE"):
        answer = client.ask(method, f"/v2/app/blobs/{digest}")
        assert answer.status_code == 404
    assert client.ask("GET", f"/v2/app/blobs/{digest}").json()["errors"][0] == {
        "code": "BLOB_UNKNOWN",
        "message": f"app holds no blob {digest}",
        "detail": {"digest": digest},
    }


def test_a_deleted_blob_is_gone_at_once_though_it_was_just_served(client: RegistryClient) -> None:
    digest = client.push_blob("app", CONTENT)
    other = client.push_blob("other", CONTENT)
    path = f"/v2/app/blobs/{digest}"
    assert client.ask("GET", path).status_code == 200
    assert client.ask("DELETE", path).status_code == 202
    for method in ("GET", "HEAD", "DELETE"):
        assert client.ask(method, path).status_code == 404
    assert client.ask("GET", f"/v2/other/blobs/{other}").content == CONTENT


def test_a_blob_that_a_manifest_names_is_not_deleted(client: RegistryClient) -> None:
    manifest = client.push_image("app", "latest")
    config = client.image("app")["config"]["digest"]
    answer = client.ask("DELETE", f"/v2/app/blobs/{config}")
    assert answer.status_code == 405
    assert answer.json()["errors"][0]["code"] == "UNSUPPORTED"
    assert manifest in answer.json()["errors"][0]["message"]
    assert client.ask("GET", f"/v2/app/blobs/{config}").status_code == 200
    assert client.ask("DELETE", f"/v2/app/manifests/{manifest}").status_code == 202
    assert client.ask("DELETE", f"/v2/app/blobs/{config}").status_code == 202


def test_a_blob_that_the_disk_lost_is_told_as_such(client: RegistryClient) -> None:
    digest = Digest.parse(client.push_blob("app", CONTENT))
    (client.folder / "blobs" / "sha256" / digest.hex[:2] / digest.hex).unlink()
    answer = client.ask("GET", f"/v2/app/blobs/{digest}")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["code"] == "UNAVAILABLE"


@pytest.mark.parametrize("digest", ["sha256:baddigeststring", "sha256:", "md5:" + "0" * 32, "x"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_malformed_digest_is_the_clients_fault(
    client: RegistryClient, method: str, digest: str
) -> None:
    answer = client.ask(method, f"/v2/app/blobs/{digest}")
    assert answer.status_code == 400
    if method != "HEAD":
        assert answer.json()["errors"][0]["code"] == "DIGEST_INVALID"
