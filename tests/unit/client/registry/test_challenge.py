from __future__ import annotations

import pytest

from sealyard.client.registry.challenge import Challenge, best, parse

SEALYARD = 'Bearer realm="https://localhost:5443/oauth2/token",service="localhost:5443"'


def test_a_challenge_is_read() -> None:
    (challenge,) = parse([f'{SEALYARD},scope="repository:team/app:pull,push a:b:c"'])
    assert challenge.scheme == "bearer"
    assert challenge.realm == "https://localhost:5443/oauth2/token"
    assert challenge.service == "localhost:5443"
    assert challenge.scopes == ("repository:team/app:pull,push", "a:b:c")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (['Basic realm="a registry"'], [Challenge("basic", {"realm": "a registry"})]),
        (["Negotiate"], [Challenge("negotiate")]),
        (
            ['Basic realm="a, b", Bearer realm="https://x" , service=y'],
            [
                Challenge("basic", {"realm": "a, b"}),
                Challenge("bearer", {"realm": "https://x", "service": "y"}),
            ],
        ),
        (['BEARER Realm="x\\"y"'], [Challenge("bearer", {"realm": 'x"y'})]),
        (["Basic", 'Bearer realm="x"'], [Challenge("basic"), Challenge("bearer", {"realm": "x"})]),
        (['Bearer realm="a",realm="b"'], [Challenge("bearer", {"realm": "a"})]),
        ([""], []),
        (["=,\"'"], []),
        (['Bearer realm="never closed'], [Challenge("bearer")]),
    ],
)
def test_headers_of_every_kind_are_read(headers: list[str], expected: list[Challenge]) -> None:
    assert list(parse(headers)) == expected


def test_a_token_is_preferred_to_a_password() -> None:
    assert best(parse(['Basic realm="x"', SEALYARD])) == parse([SEALYARD])[0]


def test_what_we_cannot_answer_is_no_challenge() -> None:
    assert best(parse(["Negotiate", "Bearer"])) is None
    assert best(()) is None


def test_a_hostile_header_takes_no_time() -> None:
    assert len(parse(["," * 100_000 + " " * 100_000])) == 0
    assert parse(["a " * 100_000])[0].scheme == "a"
