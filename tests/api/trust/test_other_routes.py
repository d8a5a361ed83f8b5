"""Keys, deletion and the change feed through the door."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from trust_owner import GUN

if TYPE_CHECKING:
    from trust_client import Client


def test_a_key_is_written_as_go_writes_it(client: Client) -> None:
    answer = client.get("tuf/timestamp.key")
    assert answer.status_code == 200
    assert answer.content.startswith(b'{"keytype":"ecdsa","keyval":{"public":"')
    assert answer.content.endswith(b'","private":null}}')
    assert client.get("tuf/timestamp.key").content == answer.content
    assert "cache-control" not in answer.headers


def test_a_rotated_key_is_pending_and_the_present_one_stays(client: Client) -> None:
    client.published()
    present = client.get("tuf/snapshot.key").content
    pending = client.ask("POST", "tuf/snapshot.key").content
    assert pending != present
    assert client.get("tuf/snapshot.key").content == present


def test_a_pusher_gets_a_key_but_does_not_rotate_it(client: Client) -> None:
    assert client.get("tuf/timestamp.key", who="pusher").status_code == 200
    answer = client.ask("POST", "tuf/timestamp.key", who="pusher")
    assert answer.status_code == 400
    assert "AcrImageSigner" in answer.json()["errors"][0]["detail"]["Error"]["Msg"]


@pytest.mark.parametrize(
    ("method", "path", "actions"),
    [
        ("GET", "tuf/timestamp.key", "push,pull"),
        ("POST", "tuf/timestamp.key", "*"),
        ("DELETE", "tuf/", "*"),
        ("GET", "changefeed?records=1", "pull"),
    ],
)
def test_each_route_says_which_token_it_needs(
    client: Client, method: str, path: str, actions: str
) -> None:
    answer = client.ask(method, path, who=None)
    assert answer.status_code == 401
    assert f'scope="repository:{GUN}:{actions}"' in answer.headers["www-authenticate"]


def test_a_collection_is_deleted_with_exactly_200_and_again(client: Client) -> None:
    client.published()
    for _ in range(2):
        answer = client.ask("DELETE", "tuf/")
        assert (answer.status_code, answer.content) == (200, b"")
        assert client.get("tuf/root.json").status_code == 404
    assert client.ask("DELETE", "tuf").status_code == 404


def test_deleting_without_the_signer_role_is_refused_in_words(client: Client) -> None:
    client.published()
    answer = client.ask("DELETE", "tuf/", who="pusher")
    assert answer.status_code == 400
    assert "AcrImageSigner" in answer.text
    assert client.get("tuf/root.json").status_code == 200


def test_the_change_feed_has_notarys_fields(client: Client) -> None:
    owner = client.published()
    client.publish({"targets": owner.add("v1")})
    digest = hashlib.sha256(client.get("tuf/timestamp.json").content).hexdigest()
    body = client.get("changefeed?records=100").json()
    assert body["count"] == 2
    assert body["records"][1] == {
        "ID": str(int(body["records"][0]["ID"]) + 1),
        "CreatedAt": "2026-11-23T12:00:00Z",
        "GUN": GUN,
        "Version": 2,
        "SHA256": digest,
        "Category": "update",
    }
    whole = client.get("/v2/_trust/changefeed?records=-1&change_id=-1").json()
    assert whole == {"count": 1, "records": body["records"][1:]}
    assert client.get("changefeed?records=9&change_id=").json() == body
    assert client.get("changefeed?records=9&change_id=999999").json()["records"] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?records=",
        "?records=many",
        "?records=1&change_id=x",
        "?records=1.5",
        "?records=" + "9" * 30,
        "?records=٣",
        "?records=--1",
    ],
)
def test_a_change_feed_cannot_be_asked_just_anything(client: Client, query: str) -> None:
    answer = client.get(f"changefeed{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "INVALID_PARAMETERS"


def test_the_whole_change_feed_needs_the_catalog(client: Client) -> None:
    path = "/v2/_trust/changefeed?records=1"
    answer = client.get(path, who=None)
    assert answer.status_code == 401
    assert 'scope="registry:catalog:*"' in answer.headers["www-authenticate"]
    assert client.get(path, who="reader").status_code == 401
    assert client.ask("POST", path).status_code == 404
