from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.oci.digest import Digest

if TYPE_CHECKING:
    from registry_client import RegistryClient

DIGEST = str(Digest.of(b"x"))
HOST = 'Bearer realm="https://localhost:5443/oauth2/token",service="localhost:5443"'
# Every endpoint and method, and who of the callers of the simulator may use it.
ENDPOINTS = [
    ("GET", "/v2/app/manifests/latest", "pull", {"owner", "reader", "pusher"}),
    ("HEAD", f"/v2/app/manifests/{DIGEST}", "pull", {"owner", "reader", "pusher"}),
    ("PUT", "/v2/app/manifests/latest", "pull,push", {"owner", "pusher"}),
    ("DELETE", "/v2/app/manifests/latest", "delete", {"owner", "deleter"}),
    ("DELETE", f"/v2/app/manifests/{DIGEST}", "delete", {"owner", "deleter"}),
    ("GET", f"/v2/app/blobs/{DIGEST}", "pull", {"owner", "reader", "pusher"}),
    ("HEAD", f"/v2/app/blobs/{DIGEST}", "pull", {"owner", "reader", "pusher"}),
    ("DELETE", f"/v2/app/blobs/{DIGEST}", "delete", {"owner", "deleter"}),
    ("POST", "/v2/app/blobs/uploads/", "pull,push", {"owner", "pusher"}),
    ("GET", "/v2/app/blobs/uploads/x", "pull,push", {"owner", "pusher"}),
    ("PATCH", "/v2/app/blobs/uploads/x", "pull,push", {"owner", "pusher"}),
    ("PUT", f"/v2/app/blobs/uploads/x?digest={DIGEST}", "pull,push", {"owner", "pusher"}),
    ("DELETE", "/v2/app/blobs/uploads/x", "pull,push", {"owner", "pusher"}),
    ("GET", "/v2/app/tags/list", "pull", {"owner", "reader", "pusher"}),
    ("GET", f"/v2/app/referrers/{DIGEST}", "pull", {"owner", "reader", "pusher"}),
]


@pytest.mark.parametrize(("method", "path", "scope", "allowed"), ENDPOINTS)
def test_each_endpoint_is_for_those_who_hold_its_right(
    client: RegistryClient, method: str, path: str, scope: str, allowed: set[str]
) -> None:
    for who in ("owner", "reader", "pusher", "deleter", "nobody"):
        answer = client.ask(method, path, who=who)
        assert (answer.status_code == 403) == (who not in allowed), (who, answer.status_code)
        assert answer.status_code != 401
    answer = client.ask(method, path, who=None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'{HOST},scope="repository:app:{scope}"'


def test_the_catalog_asks_for_its_own_scope(client: RegistryClient) -> None:
    answer = client.ask("GET", "/v2/_catalog", who=None)
    assert answer.headers["www-authenticate"] == f'{HOST},scope="registry:catalog:*"'


def test_the_base_tells_where_to_sign_in_and_greets_who_has(client: RegistryClient) -> None:
    for path in ("/v2/", "/v2"):
        answer = client.ask("GET", path, who=None)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == HOST
        assert answer.json()["errors"][0]["code"] == "UNAUTHORIZED"
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
        greeted = client.ask("GET", path, who="nobody")
        assert (greeted.status_code, greeted.json()) == (200, {})
        assert greeted.headers["docker-distribution-api-version"] == "registry/2.0"


def test_the_challenge_names_the_login_server_that_was_asked(client: RegistryClient) -> None:
    for host, named in (("other.example", "other.example"), ("evil.example", "localhost:5443")):
        answer = client.ask("GET", "/v2/", who=None, headers={"Host": host})
        realm = f'Bearer realm="https://{named}/oauth2/token",service="{named}"'
        assert answer.headers["www-authenticate"] == realm


def test_a_token_that_is_not_ours_is_told_so(client: RegistryClient) -> None:
    answer = client.ask("GET", "/v2/app/tags/list", who="stranger")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].endswith(
        ',scope="repository:app:pull",error="invalid_token"'
    )


def test_a_token_that_was_asked_for_less_is_sent_for_more(client: RegistryClient) -> None:
    client.push_blob("app", b"x")
    client.allow("narrow", {"other": {"pull"}}, rights={"app", "other"})
    answer = client.ask("GET", f"/v2/app/blobs/{DIGEST}", who="narrow")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].endswith(',error="insufficient_scope"')


def test_unknown_and_forbidden_look_the_same_to_who_may_not_pull(client: RegistryClient) -> None:
    client.push_image("app", "latest")
    known = client.ask("GET", "/v2/app/manifests/latest", who="nobody")
    unknown = client.ask("GET", "/v2/unknown/manifests/latest", who="nobody")
    assert known.status_code == unknown.status_code == 403
    assert known.text.replace("app", "unknown") == unknown.text
    assert known.json()["errors"][0]["code"] == "DENIED"


def test_what_was_just_served_to_one_is_not_served_to_another(client: RegistryClient) -> None:
    digest = client.push_image("app", "latest")
    for path in (f"/v2/app/manifests/{digest}", "/v2/app/tags/list"):
        assert client.ask("GET", path).status_code == 200
        assert client.ask("GET", path, who="deleter").status_code == 403
        assert client.ask("GET", path, who=None).status_code == 401


@pytest.mark.parametrize(
    "path", ["/v2/x", "/v2/app/", "/v2/app/manifests", "/v2/app/manifests/", "/v2//tags", "/v2/a/b"]
)
def test_what_is_no_endpoint_is_not_found(client: RegistryClient, path: str) -> None:
    assert client.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/v2/", "GET, HEAD"),
        ("PATCH", "/v2/app/manifests/latest", "DELETE, GET, HEAD, PUT"),
        ("PUT", f"/v2/app/blobs/{DIGEST}", "DELETE, GET, HEAD"),
        ("GET", "/v2/app/blobs/uploads/", "POST"),
        ("DELETE", "/v2/_catalog", "GET, HEAD"),
    ],
)
def test_other_methods_are_refused_with_those_there_are(
    client: RegistryClient, method: str, path: str, allow: str
) -> None:
    answer = client.ask(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("name", ["App", "a..b", "-a", "a" * 256, "a%0Ab", "%2e%2e", "a//b"])
@pytest.mark.parametrize("place", ["manifests/latest", "tags/list", "blobs/" + DIGEST])
def test_names_against_the_grammar_are_refused(
    client: RegistryClient, name: str, place: str
) -> None:
    answer = client.ask("GET", f"/v2/{name}/{place}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "NAME_INVALID"


def test_a_name_may_hold_the_words_of_the_api(client: RegistryClient) -> None:
    for name in ("manifests", "blobs/uploads", "tags/list", "a/manifests/b"):
        digest = client.push_image(name, "latest")
        answer = client.ask("GET", f"/v2/{name}/manifests/latest")
        assert answer.headers["docker-content-digest"] == digest
        assert client.ask("GET", f"/v2/{name}/tags/list").json()["tags"] == ["latest"]


def test_a_query_without_end_is_refused_whoever_asks(client: RegistryClient) -> None:
    path = "/v2/app/blobs/uploads/?" + "&".join(["a=b"] * 50)
    assert client.ask("POST", path).status_code == 413
    assert client.ask("POST", path, who=None).status_code == 401
