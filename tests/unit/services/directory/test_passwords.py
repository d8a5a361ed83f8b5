"""The pool that hashes passwords: bounded, and the same for those who are not there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sealyard.access.errors import InvalidCredentialsError
from sealyard.errors import TooManyRequestsError
from sealyard.services.directory.passwords import Passwords, generated

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(1, max_waiting=3)
    yield passwords
    passwords.close()


def test_only_the_password_that_was_hashed_passes(passwords: Passwords) -> None:
    async def story() -> None:
        stored = await passwords.hash("right one")
        assert stored != await passwords.hash("right one")
        await passwords.check(stored, "right one")
        for wrong, kept in (("Right one", stored), ("", stored), ("right one", "not a hash")):
            with pytest.raises(InvalidCredentialsError):
                await passwords.check(kept, wrong)

    asyncio.run(story())


def test_nobody_has_no_password(passwords: Passwords) -> None:
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(passwords.check(None, "anything"))


def test_only_so_many_wait(passwords: Passwords) -> None:
    async def story() -> list[type]:
        stored = passwords.hash_now("x")
        checks = (passwords.check(stored, "x") for _ in range(10))
        return [type(answer) for answer in await asyncio.gather(*checks, return_exceptions=True)]

    kinds = asyncio.run(story())
    assert kinds.count(TooManyRequestsError) == 6
    asyncio.run(passwords.hash("the places are given back"))


def test_who_goes_away_does_not_keep_a_place(passwords: Passwords) -> None:
    async def story() -> None:
        for _ in range(10):
            check = asyncio.ensure_future(passwords.hash("x"))
            await asyncio.sleep(0)
            check.cancel()
            await asyncio.gather(check, return_exceptions=True)
            await passwords.hash("y")

    asyncio.run(story())


def test_generated_passwords_are_long_and_differ() -> None:
    made = {generated() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 24
