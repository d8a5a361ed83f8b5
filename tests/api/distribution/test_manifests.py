from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry_client import encoded
from sealyard.oci import media_types
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    import httpx

    from registry_client import RegistryClient

ABSENT = str(Digest.of(b"absent"))


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["errors"][0]["code"]
    return found


def put(client: RegistryClient, path: str, document: dict[str, Any]) -> httpx.Response:
    return client.ask(
        "PUT", path, headers={"Content-Type": document["mediaType"]}, content=encoded(document)
    )


def test_a_manifest_is_served_by_tag_and_by_digest_as_it_came(client: RegistryClient) -> None:
    document = client.image("team/app", custom={"field": "kept"})
    digest = client.push_manifest("team/app", "1.0", document)
    for reference in ("1.0", digest):
        for method, body in (("GET", encoded(document)), ("HEAD", b"")):
            for accept in ("*/*", media_types.DOCKER_MANIFEST, ""):
                answer = client.ask(
                    method, f"/v2/team/app/manifests/{reference}", headers={"Accept": accept}
                )
                assert answer.status_code == 200
                assert answer.content == body
                assert answer.headers["content-type"] == media_types.OCI_MANIFEST
                assert answer.headers["content-length"] == str(len(encoded(document)))
                assert answer.headers["docker-content-digest"] == digest


def test_the_answer_to_a_put_tells_where_the_manifest_is(client: RegistryClient) -> None:
    document = client.image("app")
    answer = put(client, "/v2/app/manifests/latest", document)
    digest = str(Digest.of(encoded(document)))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v2/app/manifests/{digest}"
    assert answer.headers["docker-content-digest"] == digest
    assert "oci-subject" not in answer.headers
    assert client.ask("GET", answer.headers["location"]).content == encoded(document)


def test_a_tag_moves_and_the_old_manifest_stays(client: RegistryClient) -> None:
    first = client.push_image("app", "latest")
    path = "/v2/app/manifests/latest"
    assert client.ask("GET", path).headers["docker-content-digest"] == first
    second = client.push_image("app", "latest", annotations={"v": "2"})
    assert client.ask("GET", path).headers["docker-content-digest"] == second
    assert client.ask("GET", f"/v2/app/manifests/{first}").status_code == 200
    assert client.push_image("app", "latest") == first, "and back again"
    assert client.ask("HEAD", path).headers["docker-content-digest"] == first


def test_sha512_names_a_manifest_as_well(client: RegistryClient) -> None:
    document = client.image("app")
    digest = str(Digest.of(encoded(document), "sha512"))
    answer = put(client, f"/v2/app/manifests/{digest}?tag=a", document)
    assert (answer.status_code, answer.headers["docker-content-digest"]) == (201, digest)
    assert client.ask("GET", "/v2/app/manifests/a").headers["docker-content-digest"] == digest


def test_tags_may_come_with_a_push_by_digest(client: RegistryClient) -> None:
    document = client.image("app")
    digest = str(Digest.of(encoded(document)))
    tags = [f"1.{number}" for number in range(10)]
    query = "&".join(f"tag={tag}" for tag in tags)
    answer = put(client, f"/v2/app/manifests/{digest}?{query}", document)
    assert answer.status_code == 201
    assert answer.headers.get_list("oci-tag") == tags
    assert client.ask("GET", "/v2/app/tags/list").json()["tags"] == tags
    refused = put(client, f"/v2/app/manifests/{digest}?tag=.bad", document)
    assert (refused.status_code, code(refused)) == (400, "MANIFEST_INVALID")


def test_a_manifest_is_accepted_only_with_all_that_it_names(client: RegistryClient) -> None:
    layers = [{"mediaType": "application/x", "digest": ABSENT, "size": 1}]
    document = client.image("app", layers=layers)
    answer = put(client, "/v2/app/manifests/latest", document)
    assert answer.status_code == 400
    assert code(answer) == "MANIFEST_BLOB_UNKNOWN"
    assert answer.json()["errors"][0]["detail"] == {"digest": ABSENT}
    assert client.ask("GET", "/v2/app/manifests/latest").status_code == 404


def test_a_blob_of_another_repository_does_not_count(client: RegistryClient) -> None:
    document = client.image("private")
    assert code(put(client, "/v2/app/manifests/latest", document)) == "MANIFEST_BLOB_UNKNOWN"
    listed = client.ask("GET", "/v2/_catalog").json()["repositories"]
    assert listed == ["private"], "a refused push makes no repository"


def test_foreign_layers_need_not_be_there(client: RegistryClient) -> None:
    layers = [
        {
            "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "digest": ABSENT,
            "size": 123456,
            "urls": ["https://store.example.com/blobs/x"],
        }
    ]
    assert client.push_image("app", "windows", layers=layers)


def test_an_index_needs_its_manifests_and_keeps_them(client: RegistryClient) -> None:
    child = client.push_image("app", "")
    descriptor = {"mediaType": media_types.OCI_MANIFEST, "digest": child, "size": 1}
    index = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [descriptor, descriptor],
    }
    missing = index | {"manifests": [descriptor | {"digest": ABSENT}]}
    assert code(put(client, "/v2/app/manifests/latest", missing)) == "MANIFEST_BLOB_UNKNOWN"
    digest = client.push_manifest("app", "latest", index)
    nested = index | {"manifests": [descriptor | {"digest": digest}]}
    outer = client.push_manifest("app", "nested", nested)
    for needed in (child, digest):
        answer = client.ask("DELETE", f"/v2/app/manifests/{needed}")
        assert (answer.status_code, code(answer)) == (405, "UNSUPPORTED")
    for unneeded in (outer, digest, child):
        assert client.ask("DELETE", f"/v2/app/manifests/{unneeded}").status_code == 202


def test_deleting_a_tag_leaves_the_manifest(client: RegistryClient) -> None:
    digest = client.push_image("app", "a")
    client.push_image("app", "b")
    assert client.ask("GET", "/v2/app/manifests/a").status_code == 200
    assert client.ask("GET", "/v2/app/tags/list").json()["tags"] == ["a", "b"]
    assert client.ask("DELETE", "/v2/app/manifests/a").status_code == 202
    assert client.ask("GET", "/v2/app/manifests/a").status_code == 404
    assert client.ask("GET", "/v2/app/tags/list").json()["tags"] == ["b"]
    assert client.ask("DELETE", "/v2/app/manifests/a").status_code == 404
    assert client.ask("GET", "/v2/app/manifests/b").status_code == 200
    assert client.ask("GET", f"/v2/app/manifests/{digest}").status_code == 200


def test_deleting_a_manifest_deletes_its_tags(client: RegistryClient) -> None:
    digest = client.push_image("app", "a")
    client.push_image("app", "b")
    other = client.push_image("app", "c", annotations={"v": "2"})
    assert client.ask("GET", "/v2/app/manifests/a").status_code == 200
    assert client.ask("DELETE", f"/v2/app/manifests/{digest}").status_code == 202
    for reference in ("a", "b", digest):
        assert client.ask("GET", f"/v2/app/manifests/{reference}").status_code == 404
    assert client.ask("DELETE", f"/v2/app/manifests/{digest}").status_code == 404
    assert client.ask("GET", "/v2/app/tags/list").json() == {"name": "app", "tags": ["c"]}
    assert client.ask("GET", f"/v2/app/manifests/{other}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("reference", ["absent", ABSENT, ".INVALID_MANIFEST_NAME"])
def test_what_is_not_there_is_not_found(
    client: RegistryClient, method: str, reference: str
) -> None:
    client.push_image("app", "latest")
    for name in ("app", "unknown"):
        assert client.ask(method, f"/v2/{name}/manifests/{reference}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_malformed_digest_is_the_clients_fault(client: RegistryClient, method: str) -> None:
    answer = client.ask(method, "/v2/app/manifests/sha256:totallywrong", content=b"{}")
    assert (answer.status_code, code(answer)) == (400, "DIGEST_INVALID")


def test_a_manifest_under_another_digest_is_refused(client: RegistryClient) -> None:
    answer = put(client, f"/v2/app/manifests/{ABSENT}", client.image("app"))
    assert (answer.status_code, code(answer)) == (400, "DIGEST_INVALID")
    assert answer.json()["errors"][0]["detail"]["expected"] == ABSENT


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"blablabla", media_types.OCI_MANIFEST),
        (b"", ""),
        (b'{"schemaVersion":1}', "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        (b"{}", "text/html"),
    ],
)
def test_what_is_no_manifest_is_refused_with_a_reason(
    client: RegistryClient, content: bytes, content_type: str
) -> None:
    answer = client.ask(
        "PUT", "/v2/app/manifests/x", headers={"Content-Type": content_type}, content=content
    )
    assert (answer.status_code, code(answer)) == (400, "MANIFEST_INVALID")
    assert answer.json()["errors"][0]["message"]


def test_a_tag_against_the_grammar_is_refused(client: RegistryClient) -> None:
    answer = put(client, "/v2/app/manifests/.bad", client.image("app"))
    assert (answer.status_code, code(answer)) == (400, "MANIFEST_INVALID")


def test_a_manifest_over_the_limit_is_refused(small: RegistryClient) -> None:
    document = small.image("app", annotations={"long": "x" * 1000})
    answer = put(small, "/v2/app/manifests/latest", document)
    assert (answer.status_code, code(answer)) == (413, "SIZE_INVALID")


@pytest.mark.parametrize(("size", "status"), [(100_000, 201), (4_190_000, 201), (4_200_000, 413)])
def test_manifests_of_up_to_4_mib_are_taken(client: RegistryClient, size: int, status: int) -> None:
    document = client.image("app", annotations={"long": "x" * size})
    answer = put(client, "/v2/app/manifests/latest", document)
    assert answer.status_code == status
    if status == 201:
        assert client.ask("GET", "/v2/app/manifests/latest").content == encoded(document)


def test_an_artifact_of_an_unknown_type_is_kept_as_it_came(client: RegistryClient) -> None:
    content = b'{ "mediaType" : "application/vnd.future+json", "x": [1,  2] }'
    answer = client.ask(
        "PUT",
        "/v2/app/manifests/future",
        headers={"Content-Type": "application/vnd.future+json"},
        content=content,
    )
    assert answer.status_code == 201
    got = client.ask("GET", "/v2/app/manifests/future")
    assert (got.content, got.headers["content-type"]) == (content, "application/vnd.future+json")
    assert got.headers["x-content-type-options"] == "nosniff"


def test_what_the_client_has_is_not_sent_again(client: RegistryClient) -> None:
    digest = client.push_image("app", "latest")
    headers = {"If-None-Match": f'"{digest}"'}
    assert client.ask("GET", "/v2/app/manifests/latest", headers=headers).status_code == 304
    client.push_image("app", "latest", annotations={"v": "2"})
    assert client.ask("GET", "/v2/app/manifests/latest", headers=headers).status_code == 200
