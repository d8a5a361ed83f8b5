"""Locks, as clients of the registry meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry_client import encoded
from sealyard.db.activity import ActivityFilter, ActivityStore
from sealyard.db.locks import Lock
from sealyard.errors import LockedError
from sealyard.oci import media_types
from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    import httpx

    from registry_client import RegistryClient

KEEPING = (Lock.DELETE, Lock.WRITE)


def put(client: RegistryClient, reference: str, document: dict[str, Any]) -> httpx.Response:
    return client.ask(
        "PUT",
        f"/v2/app/manifests/{reference}",
        headers={"Content-Type": document["mediaType"]},
        content=encoded(document),
    )


def delete(client: RegistryClient, what: str) -> httpx.Response:
    return client.ask("DELETE", f"/v2/app/{what}")


def require_locked(answer: httpx.Response, place: str, attribute: str) -> None:
    """Require the refusal that az and docker show, with the way out of it."""
    assert answer.status_code == 405
    (error,) = answer.json()["errors"]
    assert error["code"] == ("UNSUPPORTED" if attribute == "readEnabled" else "DENIED")
    assert error["message"].startswith(f"{place} is locked ({attribute} is false)")
    option = "--image" if place != "app" else "--repository"
    assert f"{option} {place} --{attribute[:-7]}-enabled true" in error["message"]
    assert "allow" in answer.headers


def activity(client: RegistryClient) -> list[tuple[str, str]]:
    found = client.database.read_now(
        lambda connection: ActivityStore(connection).page(ActivityFilter(), 10)
    )
    return [(one.kind, one.outcome) for one in found]


def test_a_write_locked_tag_does_not_move_and_moves_once_the_lock_is_lifted(
    client: RegistryClient,
) -> None:
    first = client.push_image("app", "v1")
    client.lock("app", "v1", Lock.WRITE)
    other = client.image("app", annotations={"is": "another"})
    require_locked(put(client, "v1", other), "app:v1", "writeEnabled")
    assert client.ask("HEAD", "/v2/app/manifests/v1").headers["docker-content-digest"] == first
    assert activity(client)[0] == ("manifest.push", "refused")
    client.lock("app", "v1", Lock.WRITE, lifted=True)
    assert put(client, "v1", other).status_code == 201


def test_what_a_refused_push_brought_besides_its_locked_tag_is_not_there_either(
    client: RegistryClient,
) -> None:
    client.push_image("app", "v1")
    client.lock("app", "v1", Lock.WRITE)
    other = client.image("app", annotations={"is": "another"})
    digest = str(Digest.of(encoded(other)))
    answer = put(client, f"{digest}?tag=new&tag=v1", other)
    require_locked(answer, "app:v1", "writeEnabled")
    assert client.ask("GET", "/v2/app/manifests/new").status_code == 404
    assert client.ask("GET", f"/v2/app/manifests/{digest}").status_code == 404


def test_a_write_locked_manifest_is_not_pushed_again(client: RegistryClient) -> None:
    document = client.image("app")
    digest = client.push_manifest("app", "v1", document)
    client.lock("app", digest, Lock.WRITE)
    require_locked(put(client, "v2", document), f"app@{digest}", "writeEnabled")


def test_nothing_comes_into_a_write_locked_repository(client: RegistryClient) -> None:
    document = client.image("app")
    client.push_manifest("app", "v1", document)
    blob = client.push_blob("other", b"elsewhere")
    started = client.ask("POST", "/v2/app/blobs/uploads/").headers["location"]
    client.lock("app", "", Lock.WRITE)
    whole = f"/v2/app/blobs/uploads/?digest={Digest.of(b'new')}"
    refused = [
        put(client, "v1", document),
        put(client, "v2", document),
        client.ask("POST", "/v2/app/blobs/uploads/"),
        client.ask("POST", whole, content=b"new"),
        client.ask("POST", f"/v2/app/blobs/uploads/?mount={blob}&from=other"),
        client.ask("PUT", f"{started}?digest={Digest.of(b'late')}", content=b"late"),
    ]
    for answer in refused:
        require_locked(answer, "app", "writeEnabled")
    assert client.ask("GET", started).status_code == 404
    assert {each for each, _ in activity(client)} >= {"manifest.push", "blob.push"}
    assert client.ask("GET", "/v2/app/manifests/v1").status_code == 200


@pytest.mark.parametrize("lock", KEEPING)
@pytest.mark.parametrize("locked", ["tag", "manifest", "repository"])
def test_what_is_locked_is_not_deleted_in_any_way(
    client: RegistryClient, locked: str, lock: Lock
) -> None:
    digest = client.push_image("app", "v1")
    reference = {"tag": "v1", "manifest": digest, "repository": ""}[locked]
    place = {"tag": "app:v1", "manifest": f"app@{digest}", "repository": "app"}[locked]
    client.lock("app", reference, lock)
    require_locked(delete(client, f"manifests/{digest}"), place, lock.attribute)
    with pytest.raises(LockedError):
        client.delete_repository("app")
    assert activity(client)[:2] == [
        ("repository.delete", "refused"),
        ("manifest.delete", "refused"),
    ]
    if locked == "manifest":  # the tag is a name of it and no part
        assert delete(client, "manifests/v1").status_code == 202
    else:
        require_locked(delete(client, "manifests/v1"), place, lock.attribute)
        assert activity(client)[0] == ("tag.delete", "refused")
    assert client.ask("GET", f"/v2/app/manifests/{digest}").status_code == 200


def test_what_may_not_be_deleted_may_be_updated(client: RegistryClient) -> None:
    client.push_image("app", "v1")
    client.lock("app", "v1", Lock.DELETE)
    client.lock("app", "", Lock.DELETE)
    assert put(client, "v1", client.image("app", annotations={"is": "newer"})).status_code == 201


def test_a_blob_stays_in_a_locked_repository(client: RegistryClient) -> None:
    blob = client.push_blob("app", b"alone")
    client.lock("app", "", Lock.DELETE)
    require_locked(delete(client, f"blobs/{blob}"), "app", "deleteEnabled")
    assert activity(client)[0] == ("blob.delete", "refused")


def test_an_unreadable_repository_gives_away_nothing(client: RegistryClient) -> None:
    digest = client.push_image("app", "v1")
    blob = client.push_blob("app", b"secret")
    asked = [f"manifests/{digest}", "manifests/v1", f"blobs/{blob}", f"referrers/{digest}"]
    for path in asked:  # so that the answers are in the cache
        assert client.ask("GET", f"/v2/app/{path}").status_code == 200
    client.lock("app", "", Lock.READ)
    for path in asked:
        require_locked(client.ask("GET", f"/v2/app/{path}"), "app", "readEnabled")
        assert client.ask("HEAD", f"/v2/app/{path}").status_code == 405
    mounted = client.ask("POST", f"/v2/other/blobs/uploads/?mount={blob}&from=app")
    assert mounted.status_code == 202
    client.lock("app", "", Lock.READ, lifted=True)
    for path in asked:
        assert client.ask("GET", f"/v2/app/{path}").status_code == 200


def test_an_unreadable_manifest_is_read_neither_by_digest_nor_by_tag(
    client: RegistryClient,
) -> None:
    digest = client.push_image("app", "v1")
    client.lock("app", digest, Lock.READ)
    for reference in (digest, "v1"):
        answer = client.ask("GET", f"/v2/app/manifests/{reference}")
        require_locked(answer, f"app@{digest}", "readEnabled")


def test_the_digest_of_an_unreadable_tag_helps_only_where_another_tag_may_be_read(
    client: RegistryClient,
) -> None:
    document = client.image("app")
    digest = client.push_manifest("app", "v1", document)
    client.lock("app", "v1", Lock.READ)
    require_locked(client.ask("GET", "/v2/app/manifests/v1"), "app:v1", "readEnabled")
    path = f"/v2/app/manifests/{digest}"
    require_locked(client.ask("GET", path), f"app@{digest}", "readEnabled")
    client.push_manifest("app", "stable", document)
    assert client.ask("GET", path).status_code == 200
    require_locked(client.ask("GET", "/v2/app/manifests/v1"), "app:v1", "readEnabled")


def test_what_is_not_to_be_listed_is_in_no_list_and_can_be_read(client: RegistryClient) -> None:
    digest = client.push_image("app", "v1")
    client.push_image("app", "v2")
    subject = {"mediaType": media_types.OCI_MANIFEST, "digest": digest, "size": 2}
    signature = client.push_image("app", "", subject=subject)
    for path in ("/v2/_catalog", "/v2/app/tags/list", f"/v2/app/referrers/{digest}"):
        assert client.ask("GET", path).status_code == 200
    client.lock("app", "v1", Lock.LIST)
    client.lock("app", signature, Lock.LIST)
    assert client.ask("GET", "/v2/app/tags/list").json()["tags"] == ["v2"]
    assert client.ask("GET", f"/v2/app/referrers/{digest}").json()["manifests"] == []
    assert client.ask("GET", "/v2/_catalog").json() == {"repositories": ["app"]}
    client.lock("app", "", Lock.LIST)
    assert client.ask("GET", "/v2/_catalog").json() == {"repositories": []}
    for reference in ("v1", signature):
        assert client.ask("GET", f"/v2/app/manifests/{reference}").status_code == 200


def test_a_tag_that_was_locked_deleted_and_pushed_again_is_not_locked(
    client: RegistryClient,
) -> None:
    document = client.image("app")
    client.push_manifest("app", "v1", document)
    client.lock("app", "v1", Lock.READ)
    assert delete(client, "manifests/v1").status_code == 202
    client.push_manifest("app", "v1", document)
    assert client.ask("GET", "/v2/app/manifests/v1").status_code == 200
