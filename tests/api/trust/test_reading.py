"""Reading through the door: exact bytes, headers, and who may."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from trust_owner import GUN, KeyPair

if TYPE_CHECKING:
    import httpx

    from trust_client import Client

ROLES = ("root", "targets", "snapshot", "timestamp")


def _code(answer: httpx.Response) -> str:
    code: str = answer.json()["errors"][0]["code"]
    return code


def test_each_role_is_there_by_name_version_and_checksum(client: Client) -> None:
    client.published()
    for role in ROLES:
        current = client.get(f"tuf/{role}.json")
        assert current.status_code == 200
        digest = hashlib.sha256(current.content).hexdigest()
        for path in (f"tuf/1.{role}.json", f"tuf/01.{role}.json", f"tuf/{role}.{digest}.json"):
            assert client.get(path).content == current.content, path


def test_the_uploaded_bytes_are_the_ones_that_are_served(client: Client) -> None:
    owner = client.owner()
    files = {"root": owner.root_file(), "targets": owner.add('a<b>&"c\\d é')}
    assert client.publish(files).status_code == 200
    for role, raw in files.items():
        assert client.get(f"tuf/{role}.json").content == raw


def test_answers_are_the_same_from_the_cache_and_new_after_a_publish(client: Client) -> None:
    owner = client.published()
    first = client.get("tuf/timestamp.json")
    again = client.get("tuf/timestamp.json")
    assert (again.content, again.headers) == (first.content, first.headers)
    client.publish({"targets": owner.add("v1")})
    assert client.get("tuf/timestamp.json").content != first.content


def test_a_large_file_is_packed_for_whoever_unpacks_it(client: Client) -> None:
    owner = client.owner()
    large = owner.add(*(f"tag-{number}" for number in range(1000)))
    assert client.publish({"root": owner.root_file(), "targets": large}).status_code == 200
    packed = client.get("tuf/targets.json")
    plain = client.get("tuf/targets.json", headers={"accept-encoding": "identity"})
    refused = client.get("tuf/targets.json", headers={"accept-encoding": "br, gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(large) // 2
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert {each.headers["vary"] for each in (packed, plain, refused)} == {"accept-encoding"}
    assert packed.content == plain.content == refused.content == large


def test_a_small_file_is_never_packed(client: Client) -> None:
    client.published()
    assert "content-encoding" not in client.get("tuf/targets.json").headers


def test_a_cached_timestamp_is_not_served_once_it_has_expired(client: Client) -> None:
    client.published()
    first = client.get("tuf/timestamp.json").content
    client.worker.clock.advance(days=14, seconds=1)
    second = client.get("tuf/timestamp.json").content
    assert second != first
    assert b'"version":2' in second


def test_an_expired_file_that_nobody_here_can_renew_is_kept_ready_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, owner, tried = KeyPair.bare(), client.owner(), []
    files = {"root": owner.rotate(snapshot=pair.public), "targets": owner.targets_file()}
    files["snapshot"] = owner.snapshot_file(pair, 1, files)
    assert client.publish(files).status_code == 200
    client.worker.clock.advance(days=1200)

    async def renew(gun: str) -> bool:
        tried.append(gun)
        return False

    monkeypatch.setattr(client.worker.renewal, "renew", renew)
    for _ in range(3):
        assert client.get("tuf/snapshot.json").content == files["snapshot"]
    assert tried == [GUN]


def test_no_shared_cache_may_keep_anything_and_none_the_current_files(client: Client) -> None:
    client.published()
    current = client.get("tuf/timestamp.json").headers
    assert current["cache-control"] == "private, no-cache"
    assert current["last-modified"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert current["content-type"] == "application/json"
    assert "max-age=2592000" in client.get("tuf/1.root.json").headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "tuf/nosuch.json",
        "tuf/ROOT.json",
        "tuf/root",
        "tuf/root.json/",
        "tuf/",
        "tuf",
        "tuf/targets/.json",
        "tuf/root.abcdef.json",
        "tuf/x.root.json",
        "tuf/1.root." + "0" * 64 + ".json",
        "tuf/root.key",
        "tuf/targets/a.key",
        "tuf/0.root.json",
        "tuf/2.root.json",
        "tuf/" + "9" * 300 + ".root.json",
        "tuf/root." + "0" * 64 + ".json",
        "tuf/root." + "0" * 96 + ".json",
        "tuf/root." + "0" * 128 + ".json",
        "tuf/targets/nobody.json",
        "other",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    client.published()
    answer = client.get(path)
    assert (answer.status_code, _code(answer)) == (404, "METADATA_NOT_FOUND")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.content.endswith(b"\n")


def test_a_checksum_in_capitals_or_of_another_role_is_not_found(client: Client) -> None:
    client.published()
    digest = hashlib.sha256(client.get("tuf/root.json").content).hexdigest()
    assert client.get(f"tuf/root.{digest.upper()}.json").status_code == 404
    assert client.get(f"tuf/targets.{digest}.json").status_code == 404


def test_missing_metadata_has_an_empty_detail_and_a_missing_route_none(client: Client) -> None:
    missing = client.get("tuf/root.json").json()["errors"][0]
    assert missing["detail"] == {}
    assert missing["message"] == "You have requested metadata that does not exist."
    assert "detail" not in client.get("tuf/root.key").json()["errors"][0]


@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", 404), ("POST", 404), ("DELETE", 404), ("PUT", 405), ("PATCH", 405), ("OPTIONS", 405)],
)
def test_metadata_is_only_for_get(client: Client, method: str, status: int) -> None:
    client.published()
    assert client.ask(method, "tuf/root.json").status_code == status


def test_a_percent_encoded_name_is_the_same_collection(client: Client) -> None:
    client.published()
    assert client.get("tuf/root.json", gun="localhost:5443%2Fteam%2Fapp").status_code == 200


def test_foreign_names_are_not_found_before_anybody_signs_in(client: Client) -> None:
    answer = client.get("tuf/root.json", gun="elsewhere.example/app", who=None)
    assert (answer.status_code, _code(answer)) == (404, "METADATA_NOT_FOUND")


@pytest.mark.parametrize("gun", [GUN, "localhost:5443/never/published"])
@pytest.mark.parametrize("who", [None, "nobody", "narrow", "unknown"])
def test_who_may_not_pull_does_not_learn_what_there_is(
    client: Client, gun: str, who: str | None
) -> None:
    client.published()
    answer = client.get("tuf/root.json", gun=gun, who=who)
    assert (answer.status_code, _code(answer)) == (401, "UNAUTHORIZED")
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith(
        'Bearer realm="https://localhost:5443/oauth2/token",service="localhost:5443",'
        f'scope="repository:{gun}:pull"'
    )
    assert ('error="invalid_token"' in challenge) is (who == "unknown")


def test_reading_needs_nothing_but_pull(client: Client) -> None:
    client.published()
    assert client.get("tuf/root.json", who="reader").status_code == 200
