from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from registry_client import RegistryClient

CONTENT = bytes(range(256)) * 8
DIGEST = str(Digest.of(CONTENT))


async def streamed(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 700):
        yield content[start : start + 700]


def opened(client: RegistryClient, repository: str = "app", query: str = "") -> str:
    answer = client.ask("POST", f"/v2/{repository}/blobs/uploads/{query}")
    assert answer.status_code == 202
    assert answer.headers["range"] == "0-0"
    location: str = answer.headers["location"]
    assert location == f"/v2/{repository}/blobs/uploads/{answer.headers['docker-upload-uuid']}"
    return location


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["errors"][0]["code"]
    return found


def assert_created(client: RegistryClient, answer: httpx.Response, digest: str = DIGEST) -> None:
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v2/app/blobs/{digest}"
    assert answer.headers["docker-content-digest"] == digest
    assert client.ask("GET", answer.headers["location"]).content == CONTENT


def test_post_then_put(client: RegistryClient) -> None:
    location = opened(client)
    assert_created(client, client.ask("PUT", f"{location}?digest={DIGEST}", content=CONTENT))
    assert client.ask("GET", location).status_code == 404, "the upload is over"


def test_a_single_post(client: RegistryClient) -> None:
    path = f"/v2/app/blobs/uploads/?digest={DIGEST}"
    assert_created(client, client.ask("POST", path, content=CONTENT))


def test_a_post_with_a_digest_and_no_body_opens_an_upload(client: RegistryClient) -> None:
    opened(client, query=f"?digest={DIGEST}")


def test_dockers_stream_in_one_patch(client: RegistryClient) -> None:
    location = opened(client)
    answer = client.ask("PATCH", location, content=streamed(CONTENT))
    assert answer.status_code == 202
    assert answer.headers["range"] == "0-2047"
    assert answer.headers["location"] == location
    assert_created(client, client.ask("PUT", f"{location}?digest={DIGEST}"))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_chunks_in_order_with_the_last_one_in_the_put(
    client: RegistryClient, algorithm: str
) -> None:
    digest = str(Digest.of(CONTENT, algorithm))
    location = opened(client, query=f"?digest-algorithm={algorithm}")
    answer = client.ask(
        "PATCH", location, headers={"Content-Range": "0-999"}, content=CONTENT[:1000]
    )
    assert (answer.status_code, answer.headers["range"]) == (202, "0-999")
    answer = client.ask(
        "PUT",
        f"{location}?digest={digest}",
        headers={"Content-Range": "1000-2047"},
        content=CONTENT[1000:],
    )
    assert_created(client, answer, digest)


def test_a_chunk_out_of_order_is_refused_and_the_status_tells_where_to_go_on(
    client: RegistryClient,
) -> None:
    location = opened(client)
    early = {"Content-Range": "1000-2047"}
    answer = client.ask("PATCH", location, headers=early, content=CONTENT[1000:])
    assert (answer.status_code, code(answer)) == (416, "BLOB_UPLOAD_INVALID")
    first = {"Content-Range": "0-999"}
    assert client.ask("PATCH", location, headers=first, content=CONTENT[:1000]).status_code == 202
    again = client.ask("PATCH", location, headers=first, content=CONTENT[:1000])
    assert again.status_code == 416
    assert (again.headers["location"], again.headers["range"]) == (location, "0-999")
    late = client.ask(
        "PUT",
        f"{location}?digest={DIGEST}",
        headers={"Content-Range": "1001-2047"},
        content=CONTENT[1001:],
    )
    assert late.status_code == 416
    for method in ("GET", "HEAD"):
        status = client.ask(method, location)
        assert (status.status_code, status.headers["range"]) == (204, "0-999")
        assert status.headers["location"] == location
        assert "content-length" not in status.headers
    client.ask("PATCH", location, headers=early, content=CONTENT[1000:])
    assert_created(client, client.ask("PUT", f"{location}?digest={DIGEST}"))


@pytest.mark.parametrize("header", ["nonsense", "9-0", "0-5", "0-99999"])
def test_a_range_that_does_not_fit_its_chunk_is_refused(
    client: RegistryClient, header: str
) -> None:
    location = opened(client)
    answer = client.ask(
        "PATCH", location, headers={"Content-Range": header}, content=CONTENT[:1000]
    )
    assert (answer.status_code, code(answer)) == (400, "SIZE_INVALID")
    assert client.ask("GET", location).headers["range"] == "0-0"


@pytest.mark.parametrize("patched", [0, 700])
def test_other_bytes_than_announced_are_refused(client: RegistryClient, patched: int) -> None:
    location = opened(client)
    if patched:
        client.ask("PATCH", location, content=CONTENT[:patched])
    wrong = Digest.of(b"other")
    answer = client.ask("PUT", f"{location}?digest={wrong}", content=CONTENT[patched:])
    assert (answer.status_code, code(answer)) == (400, "DIGEST_INVALID")
    assert client.ask("HEAD", f"/v2/app/blobs/{wrong}").status_code == 404
    assert client.ask("HEAD", f"/v2/app/blobs/{DIGEST}").status_code == 404
    assert list((client.folder / "uploads").iterdir()) == []


def test_a_single_post_of_other_bytes_leaves_nothing(client: RegistryClient) -> None:
    path = f"/v2/app/blobs/uploads/?digest={Digest.of(b'other')}"
    assert client.ask("POST", path, content=CONTENT).status_code == 400
    assert list((client.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("query", ["", "?digest=", "?digest=sha256:bad", "?digest=md5:0"])
def test_a_put_needs_the_digest_of_the_whole(client: RegistryClient, query: str) -> None:
    location = opened(client)
    answer = client.ask("PUT", location + query, content=CONTENT)
    assert (answer.status_code, code(answer)) == (400, "DIGEST_INVALID")


@pytest.mark.parametrize(
    "query", ["?digest=sha256:bad", "?mount=sha256:bad&from=a", "?digest-algorithm=md5"]
)
def test_a_post_with_a_malformed_digest_is_refused(client: RegistryClient, query: str) -> None:
    answer = client.ask("POST", f"/v2/app/blobs/uploads/{query}", content=b"x")
    assert (answer.status_code, code(answer)) == (400, "DIGEST_INVALID")


def test_a_cancelled_upload_is_gone(client: RegistryClient) -> None:
    location = opened(client)
    client.ask("PATCH", location, content=CONTENT)
    answer = client.ask("DELETE", location)
    assert answer.status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        answer = client.ask(method, location)
        assert (answer.status_code, code(answer)) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert list((client.folder / "uploads").iterdir()) == []


def test_an_upload_belongs_to_its_repository_and_to_who_began_it(client: RegistryClient) -> None:
    location = opened(client)
    upload = location.rpartition("/")[2]
    assert client.ask("GET", f"/v2/other/blobs/uploads/{upload}").status_code == 404
    assert client.ask("GET", location, who="pusher").status_code == 404
    assert client.ask("PUT", f"{location}?digest={DIGEST}", who="pusher").status_code == 404


@pytest.mark.parametrize("upload", ["x", "..", "%2e%2e%2fblobs", "0" * 36, "A" * 5000])
def test_what_is_no_upload_is_not_found(client: RegistryClient, upload: str) -> None:
    assert client.ask("PATCH", f"/v2/app/blobs/uploads/{upload}").status_code in {404, 405}


def test_a_mount_needs_no_upload(client: RegistryClient) -> None:
    client.push_blob("base", CONTENT)
    path = f"/v2/app/blobs/uploads/?mount={DIGEST}&from=base"
    assert_created(client, client.ask("POST", path))
    unnamed = f"/v2/third/blobs/uploads/?mount={DIGEST}"
    assert client.ask("POST", unnamed).status_code == 202
    absent = f"/v2/third/blobs/uploads/?mount={Digest.of(b'x')}&from=base"
    assert client.ask("POST", absent).status_code == 202


def test_nothing_is_mounted_from_where_the_caller_may_not_pull(client: RegistryClient) -> None:
    client.push_blob("secret", CONTENT)
    client.allow("outsider", {"app": {"pull", "push"}})
    for source in ("&from=secret", "", "&from=unknown", "&from=../secret"):
        path = f"/v2/app/blobs/uploads/?mount={DIGEST}{source}"
        answer = client.ask("POST", path, who="outsider")
        assert answer.status_code == 202
        assert answer.headers["location"].startswith("/v2/app/blobs/uploads/")
    assert client.ask("GET", f"/v2/app/blobs/{DIGEST}").status_code == 404


def test_a_token_without_the_source_is_sent_for_one_with_it(client: RegistryClient) -> None:
    client.push_blob("base", CONTENT)
    client.allow("scoped", {"app": {"pull", "push"}}, rights={"app", "base"})
    path = f"/v2/app/blobs/uploads/?mount={DIGEST}&from=base"
    answer = client.ask("POST", path, who="scoped")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].endswith(
        ',scope="repository:app:pull,push repository:base:pull",error="insufficient_scope"'
    )


def test_one_identity_has_a_bounded_number_of_open_uploads(small: RegistryClient) -> None:
    locations = [opened(small), opened(small)]
    answer = small.ask("POST", "/v2/app/blobs/uploads/")
    assert (answer.status_code, code(answer)) == (429, "TOOMANYREQUESTS")
    assert answer.headers["retry-after"] == "60"
    assert small.ask("POST", "/v2/app/blobs/uploads/", who="pusher").status_code == 202
    small.ask("DELETE", locations[0])
    opened(small)


def test_an_upload_survives_a_restart_of_the_server(client: RegistryClient) -> None:
    location = opened(client)
    client.ask("PATCH", location, content=CONTENT[:1500])
    client.restart()
    assert client.ask("GET", location).headers["range"] == "0-1499"
    client.ask("PATCH", location, headers={"Content-Range": "1500-2047"}, content=CONTENT[1500:])
    client.restart()
    assert_created(client, client.ask("PUT", f"{location}?digest={DIGEST}"))


def test_an_upload_to_a_repository_that_was_deleted_meanwhile_makes_it_again(
    client: RegistryClient,
) -> None:
    client.push_image("app", "latest")
    location = opened(client)
    client.delete_repository("app")
    assert client.ask("GET", "/v2/app/tags/list").status_code == 404
    assert_created(client, client.ask("PUT", f"{location}?digest={DIGEST}", content=CONTENT))


def test_what_nobody_finishes_is_removed_after_a_week(client: RegistryClient) -> None:
    old = opened(client)
    client.ask("PATCH", old, content=CONTENT)
    client.age_uploads(timedelta(days=6))
    assert client.expire_uploads() == 0
    client.age_uploads(timedelta(days=2))
    young = opened(client)
    assert client.expire_uploads() == 1
    assert client.ask("GET", old).status_code == 404
    assert client.ask("GET", young).status_code == 204
