"""Signing in to the management API as `az login` and `sealyard login` do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import jwt
import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, basic, bearer
from sealyard.access.errors import InvalidCredentialsError, InvalidTokenError
from sealyard.access.tokens import TokenUse
from sealyard.errors import TooManyRequestsError
from sealyard.services.directory.management_sign_in import Asked
from sealyard.services.directory.principal_secrets import NewSecret

if TYPE_CHECKING:
    from directory_setup import DirectorySetup

ARM = Asked("https://localhost:5443", "04b07795-8ddb-461a-bbee-02f9e1bf7b46")


def test_a_user_gets_what_az_needs(directory: DirectorySetup) -> None:
    async def story() -> None:
        tokens = await directory.management.sign_in_password(OWNER, OWNER_PASSWORD, ARM, ADDRESS)
        assert tokens.access.expires_in == 3600
        assert tokens.id_token is not None
        claims = jwt.decode(tokens.id_token, options={"verify_signature": False})
        assert claims["tid"] == directory.record.tenant_id
        assert claims["sub"] == claims["oid"] == tokens.principal.object_id
        assert claims["upn"] == claims["preferred_username"] == OWNER
        assert claims["aud"] == ARM.client_id
        ask = directory.management_authenticator.caller
        assert (await ask(bearer(tokens.access.token), ADDRESS)).principal.name == OWNER
        with pytest.raises(InvalidTokenError):  # an id token opens no door
            await ask(bearer(tokens.id_token), ADDRESS)

    asyncio.run(story())


def test_a_refresh_token_gives_tokens_for_another_audience(directory: DirectorySetup) -> None:
    async def story() -> None:
        first = await directory.management.sign_in_password(OWNER, OWNER_PASSWORD, ARM, ADDRESS)
        assert first.refresh_token is not None
        audience = "https://containerregistry.azure.net"
        second = await directory.management.refresh(first.refresh_token, Asked(audience))
        claims = jwt.decode(second.access.token, options={"verify_signature": False})
        assert claims["aud"] == audience
        assert second.refresh_token == first.refresh_token

    asyncio.run(story())


def test_refresh_tokens_of_one_kind_do_not_work_as_the_other(directory: DirectorySetup) -> None:
    async def story() -> None:
        tokens = await directory.management.sign_in_password(OWNER, OWNER_PASSWORD, ARM, ADDRESS)
        assert tokens.refresh_token is not None
        zero_user = "00000000-0000-0000-0000-000000000000"
        with pytest.raises(InvalidTokenError):
            await directory.authenticator.caller(basic(zero_user, tokens.refresh_token), ADDRESS)
        standing = await directory.authenticator.standing(basic(OWNER, OWNER_PASSWORD), ADDRESS)
        lifetime = directory.tokens.lifetimes.refresh
        registry = await directory.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)
        for worthless in (registry, "", "x" * 10_000):
            with pytest.raises(InvalidTokenError):
                await directory.management.refresh(worthless, ARM)

    asyncio.run(story())


def test_a_service_principal_gets_an_access_token_only(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        secret = await directory.secrets.add(directory.owner, made.app_id, NewSecret())
        tokens = await directory.management.sign_in_client(made.app_id, secret.text, ARM, ADDRESS)
        assert (tokens.refresh_token, tokens.id_token) == (None, None)
        assert tokens.principal.name == made.app_id

    asyncio.run(story())


def test_a_user_is_no_client(directory: DirectorySetup) -> None:
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(directory.management.sign_in_client(OWNER, OWNER_PASSWORD, ARM, ADDRESS))


def test_wrong_passwords_are_slowed_here_too(directory: DirectorySetup) -> None:
    async def story() -> None:
        for _ in range(5):
            with pytest.raises(InvalidCredentialsError):
                await directory.management.sign_in_password(OWNER, "wrong", ARM, ADDRESS)
        with pytest.raises(TooManyRequestsError):
            await directory.management.sign_in_password(OWNER, OWNER_PASSWORD, ARM, ADDRESS)

    asyncio.run(story())


def test_a_new_password_ends_every_sign_in(directory: DirectorySetup) -> None:
    async def story() -> None:
        tokens = await directory.management.sign_in_password(OWNER, OWNER_PASSWORD, ARM, ADDRESS)
        assert tokens.refresh_token is not None
        await directory.users.set_password(directory.owner, OWNER, "another password")
        with pytest.raises(InvalidTokenError):
            await directory.management.refresh(tokens.refresh_token, ARM)
        with pytest.raises(InvalidTokenError):
            await directory.management_authenticator.caller(bearer(tokens.access.token), ADDRESS)

    asyncio.run(story())


def test_one_principal_keeps_a_bounded_number_of_sign_ins(
    directory: DirectorySetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealyard.services.directory.token_issue._MAX_SESSIONS", 3)

    async def story() -> list[bool]:
        kept = []
        for _ in range(5):
            tokens = await directory.management.sign_in_password(
                OWNER, OWNER_PASSWORD, ARM, ADDRESS
            )
            assert tokens.refresh_token is not None
            kept.append(tokens.refresh_token)
            directory.clock.move(seconds=1)
        alive = []
        for token in kept:
            try:
                await directory.management.refresh(token, ARM)
                alive.append(True)
            except InvalidTokenError:
                alive.append(False)
        return alive

    assert asyncio.run(story()) == [False, False, True, True, True]
