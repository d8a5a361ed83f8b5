from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sealyard.oci import media_types
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from registry_client import RegistryClient

TAGS = ["A", "Z", "_", "a", "b", "c-1", "c.1", "latest", "v1", "v10", "v2"]


@pytest.fixture
def tagged(client: RegistryClient) -> RegistryClient:
    for tag in reversed(TAGS):
        client.push_image("team/app", tag)
    return client


def followed(client: RegistryClient, path: str, field: str) -> list[list[str]]:
    """Follow the links from ``path`` to the end and return the pages."""
    pages = []
    while path:
        answer = client.ask("GET", path)
        assert answer.status_code == 200
        pages.append(answer.json()[field])
        path = answer.links.get("next", {}).get("url", "")
    return pages


def test_tags_come_in_ascii_order(tagged: RegistryClient) -> None:
    answer = tagged.ask("GET", "/v2/team/app/tags/list")
    assert answer.json() == {"name": "team/app", "tags": TAGS}
    assert answer.headers["content-type"].startswith("application/json")
    assert "link" not in answer.headers
    assert tagged.ask("HEAD", "/v2/team/app/tags/list").content == b""


@pytest.mark.parametrize("size", [1, 3, 11, 12])
def test_pages_of_tags_lead_through_all_of_them(tagged: RegistryClient, size: int) -> None:
    pages = followed(tagged, f"/v2/team/app/tags/list?n={size}", "tags")
    assert [tag for page in pages for tag in page] == TAGS
    assert all(len(page) == size for page in pages[:-1])


def test_a_page_begins_after_the_last_one(tagged: RegistryClient) -> None:
    answer = tagged.ask("GET", "/v2/team/app/tags/list?last=b&n=2")
    assert answer.json()["tags"] == ["c-1", "c.1"]
    assert answer.headers["link"] == '</v2/team/app/tags/list?last=c.1&n=2>; rel="next"'
    assert tagged.ask("GET", "/v2/team/app/tags/list?last=v10").json()["tags"] == ["v2"]
    assert tagged.ask("GET", "/v2/team/app/tags/list?last=zzz").json()["tags"] == []


def test_of_nothing_there_is_no_next_page(tagged: RegistryClient) -> None:
    answer = tagged.ask("GET", "/v2/team/app/tags/list?n=0")
    assert answer.json() == {"name": "team/app", "tags": []}
    assert "link" not in answer.headers


@pytest.mark.parametrize("number", ["-1", "x", "", "1.5", "²"])
def test_a_number_that_is_none_is_refused(tagged: RegistryClient, number: str) -> None:
    assert tagged.ask("GET", f"/v2/team/app/tags/list?n={number}").status_code == 400


def test_an_absurd_number_is_all_there_are(tagged: RegistryClient) -> None:
    answer = tagged.ask("GET", f"/v2/team/app/tags/list?n={'9' * 400}")
    assert answer.json()["tags"] == TAGS


def test_the_registry_bounds_its_pages(small: RegistryClient) -> None:
    for tag in "abcdefg":
        small.push_image("app", tag)
    pages = [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    assert followed(small, "/v2/app/tags/list", "tags") == pages
    assert followed(small, "/v2/app/tags/list?n=1000", "tags") == pages


def test_tags_of_an_unknown_repository_are_not_found(client: RegistryClient) -> None:
    answer = client.ask("GET", "/v2/unknown/tags/list")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NAME_UNKNOWN")


def test_a_repository_without_tags_has_an_empty_list(client: RegistryClient) -> None:
    client.push_image("app", "a")
    client.ask("DELETE", "/v2/app/manifests/a")
    assert client.ask("GET", "/v2/app/tags/list").json() == {"name": "app", "tags": []}


def test_a_new_tag_is_listed_at_once(tagged: RegistryClient) -> None:
    assert tagged.ask("GET", "/v2/team/app/tags/list").json()["tags"] == TAGS
    tagged.push_image("team/app", "zz")
    assert tagged.ask("GET", "/v2/team/app/tags/list").json()["tags"] == [*TAGS, "zz"]


def test_the_catalog_lists_repositories_in_pages(client: RegistryClient) -> None:
    names = ["a", "b/c", "b/d", "e"]
    for name in names:
        client.push_blob(name, b"x")
    assert client.ask("GET", "/v2/_catalog").json() == {"repositories": names}
    assert followed(client, "/v2/_catalog?n=3", "repositories") == [names[:3], names[3:]]
    client.push_blob("z", b"x")
    assert client.ask("GET", "/v2/_catalog").json() == {"repositories": [*names, "z"]}
    client.delete_repository("a")
    assert client.ask("GET", "/v2/_catalog").json() == {"repositories": [*names[1:], "z"]}


def test_the_catalog_shows_what_the_caller_may_pull(client: RegistryClient) -> None:
    for name in ("a", "b", "c", "d"):
        client.push_blob(name, b"x")
    client.allow("partial", {"d": {"pull"}, "b": {"pull"}, "c": {"push"}}, catalog=True)
    assert client.ask("GET", "/v2/_catalog").json()["repositories"] == ["a", "b", "c", "d"]
    own = client.ask("GET", "/v2/_catalog", who="partial").json()
    assert own == {"repositories": ["b", "d"]}
    first = client.ask("GET", "/v2/_catalog?n=1", who="partial")
    assert first.json() == {"repositories": ["b"]}
    assert first.links["next"]["url"] == "/v2/_catalog?last=b&n=1"
    assert client.ask("GET", "/v2/_catalog", who="pusher").status_code == 403


def sbom(client: RegistryClient, subject: str, **changed: object) -> dict[str, Any]:
    descriptor = {"mediaType": media_types.OCI_MANIFEST, "digest": subject, "size": 7}
    return client.image("app", subject=descriptor, **changed)


def referrers(client: RegistryClient, subject: str, query: str = "") -> list[dict[str, Any]]:
    answer = client.ask("GET", f"/v2/app/referrers/{subject}{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_types.OCI_INDEX
    document = answer.json()
    assert (document["schemaVersion"], document["mediaType"]) == (2, media_types.OCI_INDEX)
    found: list[dict[str, Any]] = document["manifests"]
    return found


def test_a_push_with_a_subject_is_acknowledged_and_listed(client: RegistryClient) -> None:
    subject = client.push_image("app", "latest")
    document = sbom(
        client, subject, artifactType="application/vnd.sbom", annotations={"made": "today"}
    )
    digest = client.push_manifest("app", "", document)
    again = client.ask(
        "PUT",
        f"/v2/app/manifests/{digest}",
        content=client.ask("GET", f"/v2/app/manifests/{digest}").content,
    )
    assert again.headers["oci-subject"] == subject
    assert referrers(client, subject) == [
        {
            "mediaType": media_types.OCI_MANIFEST,
            "digest": digest,
            "size": int(
                client.ask("HEAD", f"/v2/app/manifests/{digest}").headers["content-length"]
            ),
            "artifactType": "application/vnd.sbom",
            "annotations": {"made": "today"},
        }
    ]


def test_an_image_without_a_type_shows_its_configs_and_an_index_none(
    client: RegistryClient,
) -> None:
    subject = str(Digest.of(b"pushed later, or never"))
    descriptor = {"mediaType": media_types.OCI_MANIFEST, "digest": subject, "size": 7}
    client.push_manifest("app", "", sbom(client, subject))
    client.push_manifest(
        "app",
        "",
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [],
            "subject": descriptor,
        },
    )
    by_type = {each["mediaType"]: each for each in referrers(client, subject)}
    config = "application/vnd.oci.image.config.v1+json"
    assert by_type[media_types.OCI_MANIFEST]["artifactType"] == config
    assert "artifactType" not in by_type[media_types.OCI_INDEX]


def test_referrers_are_filtered_by_type(client: RegistryClient) -> None:
    subject = client.push_image("app", "latest")
    wanted = client.push_manifest("app", "", sbom(client, subject, artifactType="application/a+b"))
    client.push_manifest("app", "", sbom(client, subject, artifactType="application/other"))
    query = "?artifactType=application/a%2Bb"
    assert [each["digest"] for each in referrers(client, subject, query)] == [wanted]
    answer = client.ask("GET", f"/v2/app/referrers/{subject}{query}")
    assert answer.headers["oci-filters-applied"] == "artifactType"
    plain = client.ask("GET", f"/v2/app/referrers/{subject}")
    assert "oci-filters-applied" not in plain.headers
    assert len(plain.json()["manifests"]) == 2


def test_of_what_nobody_names_the_list_is_empty(client: RegistryClient) -> None:
    assert referrers(client, str(Digest.of(b"x"))) == []


def test_a_malformed_subject_is_refused(client: RegistryClient) -> None:
    answer = client.ask("GET", "/v2/app/referrers/sha256:bad")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "DIGEST_INVALID")


def test_a_deleted_referrer_is_no_longer_listed(client: RegistryClient) -> None:
    subject = client.push_image("app", "latest")
    digest = client.push_manifest("app", "", sbom(client, subject))
    assert len(referrers(client, subject)) == 1
    client.ask("DELETE", f"/v2/app/manifests/{digest}")
    assert referrers(client, subject) == []


def test_a_subject_may_be_deleted_and_its_referrers_stay(client: RegistryClient) -> None:
    subject = client.push_image("app", "latest")
    client.push_manifest("app", "", sbom(client, subject))
    assert client.ask("DELETE", f"/v2/app/manifests/{subject}").status_code == 202
    assert len(referrers(client, subject)) == 1


def test_long_lists_of_referrers_come_in_pages(small: RegistryClient) -> None:
    subject = str(Digest.of(b"subject"))
    made = [
        small.push_manifest("app", "", sbom(small, subject, annotations={"n": str(number)}))
        for number in range(7)
    ]
    path = f"/v2/app/referrers/{subject}?artifactType=application/vnd.oci.image.config.v1%2Bjson"
    pages = []
    while path:
        answer = small.ask("GET", path)
        pages.append([each["digest"] for each in answer.json()["manifests"]])
        path = answer.links.get("next", {}).get("url", "")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [digest for page in pages for digest in page] == sorted(made)


def test_another_repositorys_referrers_are_not_shown(client: RegistryClient) -> None:
    subject = client.push_image("app", "latest")
    client.push_manifest("app", "", sbom(client, subject))
    assert client.ask("GET", f"/v2/other/referrers/{subject}").json()["manifests"] == []
