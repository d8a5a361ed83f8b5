"""Signing in with a browser: a code that is good once, for who holds the verifier."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
from typing import TYPE_CHECKING

import jwt
import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD
from sealyard.access.errors import InvalidCredentialsError, InvalidTokenError
from sealyard.services.directory.code_sign_in import (
    LIFETIME,
    CodeGrant,
    CodeRefusedError,
    CodeRequest,
)
from sealyard.services.directory.management_sign_in import Asked

if TYPE_CHECKING:
    from directory_setup import DirectorySetup

VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
ASKED = CodeRequest(
    client_id="sealyard",
    redirect_uri="http://localhost:8400",
    challenge=CHALLENGE,
    scope="https://localhost:5443//.default",
    nonce="a nonce",
)


def issued(directory: DirectorySetup) -> str:
    codes = directory.management.codes
    return asyncio.run(codes.issue(ASKED, OWNER, OWNER_PASSWORD, ADDRESS))


def redeemed(
    directory: DirectorySetup,
    code: str,
    *,
    client_id: str = ASKED.client_id,
    redirect_uri: str = ASKED.redirect_uri,
    verifier: str = VERIFIER,
) -> CodeGrant:
    codes = directory.management.codes
    return asyncio.run(
        codes.redeem(code, client_id=client_id, redirect_uri=redirect_uri, verifier=verifier)
    )


def test_a_code_becomes_tokens_with_the_nonce_of_the_question(directory: DirectorySetup) -> None:
    grant = redeemed(directory, issued(directory))
    asked = Asked(grant.scope, grant.client_id)
    tokens = asyncio.run(directory.management.complete(grant.evidence, asked, grant.nonce))
    assert tokens.principal.name == OWNER
    assert tokens.id_token is not None
    claims = jwt.decode(tokens.id_token, options={"verify_signature": False})
    assert (claims["nonce"], claims["aud"]) == ("a nonce", "sealyard")


def test_a_code_is_good_once(directory: DirectorySetup) -> None:
    code = issued(directory)
    redeemed(directory, code)
    with pytest.raises(CodeRefusedError):
        redeemed(directory, code)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "04b07795-8ddb-461a-bbee-02f9e1bf7b46"},
        {"redirect_uri": "http://localhost:8401"},
        {"verifier": "w" * 43},
        {"verifier": CHALLENGE},
    ],
)
def test_who_intercepts_a_code_has_one_try_and_it_fails(
    directory: DirectorySetup, changed: dict[str, str]
) -> None:
    code = issued(directory)
    with pytest.raises(CodeRefusedError):
        redeemed(directory, code, **changed)
    with pytest.raises(CodeRefusedError):  # and now it is spent
        redeemed(directory, code)


@pytest.mark.parametrize("verifier", ["", "v" * 42, "v" * 129])
def test_a_verifier_has_the_length_of_one(directory: DirectorySetup, verifier: str) -> None:
    with pytest.raises(CodeRefusedError):
        redeemed(directory, issued(directory), verifier=verifier)


def test_a_code_lives_for_a_minute(directory: DirectorySetup) -> None:
    code = issued(directory)
    directory.clock.move(seconds=LIFETIME.total_seconds())
    with pytest.raises(CodeRefusedError):
        redeemed(directory, code)


def test_a_made_up_code_is_worth_nothing(directory: DirectorySetup) -> None:
    for code in ("", "made up", "x" * 10_000):
        with pytest.raises(CodeRefusedError):
            redeemed(directory, code)


def test_a_wrong_password_gives_no_code(directory: DirectorySetup) -> None:
    asked = dataclasses.replace(ASKED, nonce="")
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(directory.management.codes.issue(asked, OWNER, "wrong password", ADDRESS))
    assert directory.activity("signin.browser") == []


def test_a_password_changed_in_between_ends_the_sign_in(directory: DirectorySetup) -> None:
    grant = redeemed(directory, issued(directory))
    asyncio.run(
        directory.own_passwords.change(directory.owner, OWNER_PASSWORD, "a password after that")
    )
    with pytest.raises(InvalidTokenError):
        asyncio.run(directory.management.complete(grant.evidence, Asked(grant.scope)))
