"""The door that sets and lifts locks, over a whole server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registry_images import Images, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

FREE = dict.fromkeys(("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled"), True)


@pytest.fixture
def images(tmp_path: Path) -> Iterator[Images]:
    for transport in running(tmp_path):
        yield Images(transport)


def attributes(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    found: dict[str, Any] = shown.get("tag", shown.get("manifest", shown))["changeableAttributes"]
    return found


@pytest.mark.parametrize("place", ["", "/_tags/v1", "/_manifests/{digest}"])
def test_each_lock_is_set_and_lifted_by_itself(images: Images, place: str) -> None:
    digest = images.push("team/app", "v1", "one")
    path = "/acr/v1/team/app" + place.format(digest=digest)
    assert attributes(images.http.get(path)) == FREE
    for name in FREE:
        assert attributes(images.http.patch(path, json={name: False})) == {**FREE, name: False}
        assert attributes(images.http.get(path)) == {**FREE, name: False}
        assert attributes(images.http.patch(path, json={name: True})) == FREE
    both = {"writeEnabled": False, "deleteEnabled": False}
    assert attributes(images.http.patch(path, json=both)) == {**FREE, **both}
    assert attributes(images.http.patch(path, json={})) == {**FREE, **both}


def test_what_a_lock_forbids_is_told_at_this_door_too(images: Images) -> None:
    images.push("team/app", "v1", "one")
    images.http.patch("/acr/v1/team/app/_tags/v1", json={"deleteEnabled": False})
    for path in ("/acr/v1/team/app/_tags/v1", "/acr/v1/team/app"):
        answer = images.http.delete(path)
        assert answer.status_code == 405
        (error,) = answer.json()["errors"]
        assert error["code"] == "DENIED"
        assert "--image team/app:v1 --delete-enabled true" in error["message"]
        assert answer.headers["allow"] == "GET, PATCH"


def test_what_is_hidden_is_shown_to_who_knows_its_name(images: Images) -> None:
    digest = images.push("team/app", "v1", "one")
    images.push("team/app", "v2", "one")
    hidden = {"listEnabled": False}
    images.http.patch("/acr/v1/team/app/_tags/v1", json=hidden)
    listed = images.http.get("/acr/v1/team/app/_tags").json()["tags"]
    assert [one["name"] for one in listed] == ["v2"]
    (manifest,) = images.http.get("/acr/v1/team/app/_manifests").json()["manifests"]
    assert manifest["tags"] == ["v2"]
    shown = images.http.get(f"/acr/v1/team/app/_manifests/{digest}").json()["manifest"]
    assert shown["tags"] == ["v1", "v2"]
    assert images.http.get("/acr/v1/team/app/_tags/v1").json()["tag"]["digest"] == digest
    images.http.patch(f"/acr/v1/team/app/_manifests/{digest}", json=hidden)
    assert images.http.get("/acr/v1/team/app/_manifests").json()["manifests"] == []


def test_who_has_not_signed_in_learns_which_token_locks(images: Images) -> None:
    answer = images.http.patch("/acr/v1/app", json={}, auth=lambda request: request)
    assert answer.status_code == 401
    wanted = 'scope="repository:app:metadata_write,metadata_read"'
    assert wanted in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("team/other", {"writeEnabled": False}, 404),
        ("team/app/_tags/v2", {"writeEnabled": False}, 404),
        (f"team/app/_manifests/sha256:{'0' * 64}", {"writeEnabled": False}, 404),
        ("team/app/_tags/-", {"writeEnabled": False}, 400),
        ("team/app/_manifests/v1", {"writeEnabled": False}, 400),
        ("team/app", {"writeEnabled": "no"}, 400),
        ("team/app", [], 400),
        ("team/app", {"x": "y" * 300_000}, 413),
    ],
)
def test_what_cannot_be_locked_is_told(
    images: Images, path: str, body: object, status: int
) -> None:
    images.push("team/app", "v1", "one")
    assert images.http.patch(f"/acr/v1/{path}", json=body).status_code == status


def test_nothing_that_was_deleted_is_kept_and_it_is_said_so(images: Images) -> None:
    for method, path in (
        ("GET", "_catalog"),
        ("GET", "team/app/_manifests"),
        ("POST", f"team/app/_manifests/sha256:{'0' * 64}"),
    ):
        answer = images.http.request(method, f"/acr/v1/_deleted/{path}")
        assert answer.status_code == 405
        assert "no soft delete" in answer.json()["errors"][0]["message"]
