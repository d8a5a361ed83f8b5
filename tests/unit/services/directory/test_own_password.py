"""One's own password: changed by showing the present one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, basic
from sealyard.access.caller import Caller
from sealyard.access.errors import InvalidCredentialsError, InvalidNameError

if TYPE_CHECKING:
    from directory_setup import DirectorySetup


def test_the_present_password_lets_a_user_choose_another(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.own_passwords.change(directory.owner, OWNER_PASSWORD, "a better password")
        await directory.authenticator.caller(basic(OWNER, "a better password"), ADDRESS)
        with pytest.raises(InvalidCredentialsError):
            await directory.authenticator.caller(basic(OWNER, OWNER_PASSWORD), ADDRESS)
        (entry,) = directory.activity("user.password")
        assert entry.actor_name == entry.detail["user"] == OWNER

    asyncio.run(story())


def test_a_stolen_token_does_not_take_the_account_over(directory: DirectorySetup) -> None:
    async def story() -> None:
        for caller in (directory.owner, Caller.anonymous(ADDRESS)):
            with pytest.raises(InvalidCredentialsError):
                await directory.own_passwords.change(caller, "a guess", "the thief's password")
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS)

    asyncio.run(story())


def test_a_password_that_protects_nothing_is_refused(directory: DirectorySetup) -> None:
    with pytest.raises(InvalidNameError):
        asyncio.run(directory.own_passwords.change(directory.owner, OWNER_PASSWORD, "admin"))


def test_of_two_changes_at_once_one_counts(directory: DirectorySetup) -> None:
    async def story() -> None:
        wanted = ("the first new one", "the second new one")
        changes = (
            directory.own_passwords.change(directory.owner, OWNER_PASSWORD, password)
            for password in wanted
        )
        answers = await asyncio.gather(*changes, return_exceptions=True)
        assert [type(answer) for answer in answers if answer] == [InvalidCredentialsError]

    asyncio.run(story())
