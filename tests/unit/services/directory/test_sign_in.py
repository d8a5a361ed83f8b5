"""Signing in: nobody learns who exists, wrong passwords are slowed, nobody else is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD
from sealyard.access.errors import InvalidCredentialsError
from sealyard.errors import TooManyRequestsError
from sealyard.services.directory.passwords import Passwords
from sealyard.services.directory.sign_in import SignIn
from sealyard.services.directory.throttle import Attempt, Throttle, ThrottleLimits

if TYPE_CHECKING:
    from directory_setup import DirectorySetup, Worker

ELSEWHERE = "198.51.100.7"
UNKNOWN_APP = "11111111-2222-4333-8444-555555555555"


async def _fail(worker: Worker, times: int, name: str = OWNER, address: str = ADDRESS) -> None:
    for number in range(times):
        with pytest.raises(InvalidCredentialsError):
            await worker.sign_in.with_password(name, f"wrong {number}", address)


async def _waits(worker: Worker, name: str = OWNER, address: str = ADDRESS) -> int:
    with pytest.raises(TooManyRequestsError) as caught:
        await worker.sign_in.with_password(name, OWNER_PASSWORD, address)
    return caught.value.retry_after


def test_a_few_mistakes_cost_nothing(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 4)
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS)
        await _fail(directory, 4)  # the right one wiped the slate
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS)

    asyncio.run(story())


def test_the_wait_doubles_with_each_further_mistake(directory: DirectorySetup) -> None:
    async def story() -> list[int]:
        await _fail(directory, 5)
        waits = [await _waits(directory)]
        for _ in range(12):
            directory.clock.move(seconds=waits[-1])
            await _fail(directory, 1)
            waits.append(await _waits(directory))
        return waits

    assert asyncio.run(story()) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_the_right_password_from_elsewhere_is_never_locked_out(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 5)
        await _waits(directory)
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ELSEWHERE)

    asyncio.run(story())


def test_others_at_the_same_address_are_never_locked_out(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, "alice@x.y", password="long enough")
        await _fail(directory, 5)
        await directory.sign_in.with_password("alice", "long enough", ADDRESS)

    asyncio.run(story())


def test_once_the_wait_is_over_the_right_password_works(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 5)
        directory.clock.move(seconds=await _waits(directory))
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS)

    asyncio.run(story())


def test_all_workers_count_together(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 3)
        await _fail(directory.second_worker, 2)
        await _waits(directory)
        await _waits(directory.second_worker)

    asyncio.run(story())


def test_spelling_a_name_otherwise_gives_no_more_guesses(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 2, OWNER)
        await _fail(directory, 2, "admin")
        await _fail(directory, 1, "ADMIN@myregistry.local")
        await _waits(directory, "admin")

    asyncio.run(story())


@pytest.mark.parametrize("name", ["nobody@x.y", "nobody", UNKNOWN_APP])
def test_an_unknown_name_is_slowed_like_a_known_one(directory: DirectorySetup, name: str) -> None:
    async def story() -> None:
        await _fail(directory, 5, name)
        assert await _waits(directory, name) == 1

    asyncio.run(story())


def test_an_unknown_user_costs_the_same_hash(
    directory: DirectorySetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []
    check = directory.passwords.check

    async def counting(stored: str | None, password: str) -> None:
        checked.append(stored)
        await check(stored, password)

    monkeypatch.setattr(directory.passwords, "check", counting)

    async def story() -> None:
        await _fail(directory, 1, "nobody@x.y")
        await _fail(directory, 1, OWNER)

    asyncio.run(story())
    unknown, known = checked
    assert unknown is None
    assert known is not None


def test_a_disabled_account_looks_like_a_wrong_password(directory: DirectorySetup) -> None:
    async def story() -> tuple[str, str]:
        await directory.users.create(
            directory.owner, "alice@x.y", password="long enough", enabled=False
        )
        with pytest.raises(InvalidCredentialsError) as disabled:
            await directory.sign_in.with_password("alice", "long enough", ADDRESS)
        with pytest.raises(InvalidCredentialsError) as unknown:
            await directory.sign_in.with_password("bob", "long enough", ADDRESS)
        return str(disabled.value), str(unknown.value)

    disabled, unknown = asyncio.run(story())
    assert disabled == unknown


def test_a_short_name_that_two_users_share_signs_in_neither(directory: DirectorySetup) -> None:
    async def story() -> None:
        for domain in ("x.y", "other.example"):
            await directory.users.create(directory.owner, f"alice@{domain}", password="long enough")
        with pytest.raises(InvalidCredentialsError):
            await directory.sign_in.with_password("alice", "long enough", ADDRESS)
        await directory.sign_in.with_password("alice@x.y", "long enough", ADDRESS)

    asyncio.run(story())


def test_a_user_whose_name_begins_like_an_app_id_signs_in(directory: DirectorySetup) -> None:
    async def story() -> None:
        name = f"{UNKNOWN_APP}@x.y"
        await directory.users.create(directory.owner, name, password="long enough")
        await directory.sign_in.with_password(name, "long enough", ADDRESS)

    asyncio.run(story())


def test_guesses_sent_at_once_are_taken_one_by_one(directory: DirectorySetup) -> None:
    async def story() -> list[type[BaseException]]:
        guesses = (
            directory.sign_in.with_password(OWNER, f"guess {number}", ADDRESS)
            for number in range(40)
        )
        answers = await asyncio.gather(*guesses, return_exceptions=True)
        return [type(answer) for answer in answers if isinstance(answer, BaseException)]

    kinds = asyncio.run(story())
    assert kinds.count(InvalidCredentialsError) == 5
    assert kinds.count(TooManyRequestsError) == 35


def test_a_burst_is_recorded_ever_more_rarely(directory: DirectorySetup) -> None:
    async def story() -> None:
        for _ in range(45):
            await _fail(directory, 1)
            directory.clock.move(minutes=15)

    asyncio.run(story())
    log = directory.activity("signin.")
    assert [entry.detail["failures"] for entry in reversed(log)] == [5, 10, 20, 40]
    assert {(entry.outcome, entry.actor_name, entry.address) for entry in log} == {
        ("refused", OWNER, ADDRESS)
    }


def test_a_password_typed_as_the_name_is_not_written_down(directory: DirectorySetup) -> None:
    asyncio.run(_fail(directory, 5, "hunter2-hunter2"))
    (entry,) = directory.activity("signin.")
    assert "hunter2" not in repr(entry)


def test_failures_are_forgotten_after_an_hour(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 4)
        directory.clock.move(hours=1, seconds=1)
        await _fail(directory, 4)
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS)

    asyncio.run(story())


def test_what_the_throttle_remembers_is_bounded(directory: DirectorySetup) -> None:
    limits = replace(ThrottleLimits(), max_records=3)
    throttle = Throttle(directory.database, directory.clock, limits)

    async def story() -> list[bool]:
        attempts = [Attempt.of(f"user{number}", ADDRESS) for number in range(6)]
        for attempt in attempts:
            for _ in range(5):
                await throttle.failed(attempt, None, ADDRESS)
            directory.clock.move(milliseconds=1)
        slowed = []
        for attempt in attempts:
            try:
                await throttle.check(attempt)
                slowed.append(False)
            except TooManyRequestsError:
                slowed.append(True)
        return slowed

    assert asyncio.run(story()) == [False, False, False, True, True, True]


def test_a_clock_set_back_locks_nobody_out_for_years(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _fail(directory, 5)
        directory.clock.move(days=-365)
        assert await _waits(directory) == 900

    asyncio.run(story())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:1"),
        ("192.0.2.1", "::ffff:192.0.2.1"),
    ],
)
def test_one_guessers_addresses_count_as_one(one: str, other: str) -> None:
    assert Attempt.of("a", one) == Attempt.of("a", other)


@pytest.mark.parametrize(
    ("one", "other"), [("2001:db8::1", "2001:db8:0:1::1"), ("192.0.2.1", "192.0.2.2"), ("-", "x")]
)
def test_other_addresses_count_apart(one: str, other: str) -> None:
    assert Attempt.of("a", one) != Attempt.of("a", other)


def test_a_flood_of_names_from_one_address_keeps_nobody_else_out(
    directory: DirectorySetup,
) -> None:
    passwords = Passwords(1, max_waiting=8)
    throttle = Throttle(directory.database, directory.clock, ThrottleLimits())
    sign_in = SignIn(directory.database, passwords, throttle, directory.clock)

    async def story() -> None:
        flood = [
            asyncio.ensure_future(sign_in.with_password(f"name{number}", "x", ADDRESS))
            for number in range(40)
        ]
        await asyncio.sleep(0)
        await sign_in.with_password(OWNER, OWNER_PASSWORD, ELSEWHERE)
        assert not all(guess.done() for guess in flood)
        answers = await asyncio.gather(*flood, return_exceptions=True)
        assert all(isinstance(answer, InvalidCredentialsError) for answer in answers)

    asyncio.run(story())
    passwords.close()


def test_the_queue_of_one_account_is_bounded(directory: DirectorySetup) -> None:
    class NeverThrottle(Throttle):
        async def check(self, attempt: Attempt) -> None:
            del attempt
            await asyncio.Event().wait()

    throttle = NeverThrottle(directory.database, directory.clock, ThrottleLimits())
    sign_in = SignIn(directory.database, directory.passwords, throttle, directory.clock)

    async def story() -> int:
        guesses = [
            asyncio.ensure_future(sign_in.with_password(OWNER, "x", ADDRESS)) for _ in range(100)
        ]
        done, pending = await asyncio.wait(guesses, timeout=0.1)
        for guess in pending:
            guess.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        assert all(isinstance(guess.exception(), TooManyRequestsError) for guess in done)
        return len(done)

    assert asyncio.run(story()) == 35
