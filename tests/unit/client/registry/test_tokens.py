from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sealyard.client.errors import UnexpectedAnswerError
from sealyard.client.registry.challenge import Challenge
from sealyard.client.registry.docker_config import Credential
from sealyard.client.registry.tokens import Token, TokenCache, read_token, token_request

PULL = "repository:team/app:pull"
PUSH = "repository:team/app:pull,push"
REALM = "https://registry.test/token"
CHALLENGE = Challenge("bearer", {"realm": REALM, "service": "registry.test"})


def test_somebody_with_a_password_asks_with_it() -> None:
    request = token_request(CHALLENGE, Credential("alice", "secret"), (PULL, "b:c:pull"))
    assert request.method == "GET"
    assert parse_qs(urlsplit(request.url).query) == {
        "account": ["alice"],
        "service": ["registry.test"],
        "scope": [PULL, "b:c:pull"],
    }
    assert request.headers == (("Authorization", "Basic YWxpY2U6c2VjcmV0"),)
    assert request.body is None


def test_nobody_asks_without_one() -> None:
    request = token_request(CHALLENGE, None, (PULL,))
    assert request.headers == ()
    assert "account" not in request.url


def test_an_identity_token_is_a_grant_in_a_form() -> None:
    request = token_request(CHALLENGE, Credential("", identity_token="kept"), (PULL, "b:c:pull"))
    assert (request.method, request.url) == ("POST", REALM)
    assert request.body is not None
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["kept"],
        "service": ["registry.test"],
        "client_id": ["docker"],
        "scope": [f"{PULL} b:c:pull"],
    }


def test_a_realm_with_a_query_keeps_it() -> None:
    challenge = Challenge("bearer", {"realm": f"{REALM}?tenant=a"})
    assert token_request(challenge, None, ("x:y:z",)).url == f"{REALM}?tenant=a&scope=x%3Ay%3Az"


def test_no_secret_is_in_what_is_shown() -> None:
    credential = Credential("alice", "secret of hers", "kept token")
    shown = repr([credential, token_request(CHALLENGE, credential, ()), Token("kept token", 60)])
    assert "secret" not in shown.replace("Token", "")
    assert "kept token" not in shown


@pytest.mark.parametrize(
    ("body", "value", "life"),
    [
        (b'{"token":"t"}', "t", 60),
        (b'{"access_token":"t","expires_in":300}', "t", 300),
        (b'{"token":"t","access_token":"u","expires_in":1}', "t", 60),
        (b'{"token":"t","expires_in":90.5,"issued_at":"whenever"}', "t", 90.5),
    ],
)
def test_a_token_is_read(body: bytes, value: str, life: float) -> None:
    assert read_token("registry.test", body) == Token(value, life)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"token":7}', b'{"token":"a\\nb"}', b'{"token":"\xc3\xa9"}']
)
def test_what_holds_no_token_is_unexpected_and_not_shown(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswerError) as caught:
        read_token("registry.test", body)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_token_for_more_serves_for_less_until_it_ends() -> None:
    cache = TokenCache()
    cache.keep((PUSH,), Token("t", 60), now=100)
    assert cache.find((PULL,), now=120) == "t"
    assert cache.find((PUSH,), now=120) == "t"
    assert cache.find((PULL, "repository:other:pull"), now=120) is None
    assert cache.find((PULL,), now=155) is None


def test_a_token_that_was_not_taken_is_forgotten() -> None:
    cache = TokenCache()
    cache.keep((PULL,), Token("t", 60), now=100)
    cache.forget("t")
    assert cache.find((PULL,), now=101) is None
