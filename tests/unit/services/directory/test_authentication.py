"""Authentication: remembered while nothing changes, withdrawn on every worker at once."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, basic, bearer
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import InvalidCredentialsError, InvalidTokenError
from sealyard.access.rights import NOTHING, Rights
from sealyard.access.tokens import TokenUse
from sealyard.services.directory.principal_secrets import NewSecret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from directory_setup import DirectorySetup, Worker
    from sealyard.access.caller import Caller

ALICE = "alice@example.com"
PASSWORD = "alice's password"
PULL_APP = Rights(frozenset(), {"app": frozenset({Action.PULL, Action.PUSH, Action.SIGN})})


async def _alice(directory: DirectorySetup, role: str | None = "AcrPush") -> str:
    """Make Alice and return the id of her role's assignment."""
    await directory.users.create(directory.owner, ALICE, password=PASSWORD)
    if role is None:
        return ""
    held = await directory.roles.create(
        directory.owner, assignee=ALICE, role=role, scope=AssignmentScope()
    )
    return held.assignment.id


async def _token(worker: Worker, authorization: bytes, asked: Rights = PULL_APP) -> bytes:
    standing = await worker.authenticator.standing(authorization, ADDRESS)
    issued = await worker.tokens.registry_token(standing, asked, "localhost:5443")
    return bearer(issued.token)


async def _ask(worker: Worker, authorization: bytes | None) -> Caller:
    return await worker.authenticator.caller(authorization, ADDRESS)


def test_no_header_is_the_anonymous_caller(directory: DirectorySetup) -> None:
    caller = asyncio.run(_ask(directory, None))
    assert caller.is_anonymous
    assert directory.authenticator.cached(None, ADDRESS) == caller


@pytest.mark.parametrize("name", [ALICE, "alice", "Alice@EXAMPLE.com"])
def test_basic_credentials_carry_all_present_rights(directory: DirectorySetup, name: str) -> None:
    async def story() -> None:
        await _alice(directory)
        caller = await _ask(directory, basic(name, PASSWORD))
        assert caller.principal.name == ALICE
        assert caller.access is None
        assert caller.may(Action.PUSH, "any")
        assert not caller.may(Action.SIGN, "any")

    asyncio.run(story())


def test_a_token_carries_what_was_asked_and_held(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        caller = await _ask(directory, await _token(directory, basic(ALICE, PASSWORD)))
        assert caller.access == Rights(frozenset(), {"app": frozenset({Action.PULL, Action.PUSH})})
        assert caller.may(Action.PULL, "app")
        assert not caller.may(Action.PULL, "other")

    asyncio.run(story())


def test_a_token_made_with_a_token_is_no_wider(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        narrow = await _token(
            directory,
            basic(ALICE, PASSWORD),
            Rights(frozenset(), {"app": frozenset({Action.PULL})}),
        )
        caller = await _ask(directory, await _token(directory, narrow))
        assert not caller.may(Action.PUSH, "app")

    asyncio.run(story())


def test_the_anonymous_token_is_good_for_nothing(directory: DirectorySetup) -> None:
    async def story() -> None:
        standing = await directory.authenticator.standing(None, ADDRESS)
        issued = await directory.tokens.registry_token(standing, PULL_APP, "localhost:5443")
        caller = await _ask(directory, bearer(issued.token))
        assert caller.is_anonymous
        assert (caller.rights, caller.access) == (NOTHING, NOTHING)

    asyncio.run(story())


def test_what_was_verified_once_is_remembered(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        header = basic(ALICE, PASSWORD)
        assert directory.authenticator.cached(header, ADDRESS) is None
        caller = await _ask(directory, header)
        assert directory.authenticator.cached(header, ADDRESS) == caller
        elsewhere = directory.authenticator.cached(header, "198.51.100.7")
        assert elsewhere is not None
        assert elsewhere.address == "198.51.100.7"
        directory.clock.move(minutes=15)
        assert directory.authenticator.cached(header, ADDRESS) is None

    asyncio.run(story())


def test_no_secret_is_kept_in_the_memory_of_the_authenticator(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        token = await _token(directory, basic(ALICE, PASSWORD))
        await _ask(directory, token)

    asyncio.run(story())
    remembered = repr(vars(directory.authenticator))
    assert PASSWORD not in remembered
    assert base64.b64encode(f"{ALICE}:{PASSWORD}".encode()).decode() not in remembered


def test_a_token_ends_on_time_even_when_remembered(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        token = await _token(directory, basic(ALICE, PASSWORD))
        await _ask(directory, token)
        directory.clock.move(minutes=5)
        assert directory.authenticator.cached(token, ADDRESS) is None
        with pytest.raises(InvalidTokenError):
            await _ask(directory, token)

    asyncio.run(story())


async def _withdraw_role(directory: DirectorySetup, assignment: str) -> None:
    await directory.roles.delete(directory.owner, assignment)


async def _disable(directory: DirectorySetup, _: str) -> None:
    await directory.users.set_enabled(directory.owner, ALICE, enabled=False)


async def _delete(directory: DirectorySetup, _: str) -> None:
    await directory.users.delete(directory.owner, ALICE)


async def _new_password(directory: DirectorySetup, _: str) -> None:
    await directory.users.set_password(directory.owner, ALICE, "another password")


@pytest.mark.parametrize("change", [_withdraw_role, _disable, _delete, _new_password])
@pytest.mark.parametrize("with_token", [False, True])
def test_what_one_worker_withdraws_no_worker_grants_any_more(
    directory: DirectorySetup,
    change: Callable[[DirectorySetup, str], Awaitable[None]],
    *,
    with_token: bool,
) -> None:
    async def story() -> None:
        assignment = await _alice(directory)
        header = basic(ALICE, PASSWORD)
        if with_token:
            header = await _token(directory, header)
        workers = (directory, directory.second_worker)
        for worker in workers:
            assert (await _ask(worker, header)).may(Action.PUSH, "app")
            assert worker.authenticator.cached(header, ADDRESS) is not None
        await change(directory, assignment)
        for worker in workers:
            assert worker.authenticator.cached(header, ADDRESS) is None
            if change is _withdraw_role:
                assert not (await _ask(worker, header)).may(Action.PUSH, "app")
            else:
                with pytest.raises((InvalidCredentialsError, InvalidTokenError)):
                    await _ask(worker, header)

    asyncio.run(story())


def test_a_disabled_user_gets_no_old_token_back_when_enabled(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        token = await _token(directory, basic(ALICE, PASSWORD))
        await directory.users.set_enabled(directory.owner, ALICE, enabled=False)
        await directory.users.set_enabled(directory.owner, ALICE, enabled=True)
        with pytest.raises(InvalidTokenError):
            await _ask(directory, token)
        await _ask(directory, basic(ALICE, PASSWORD))

    asyncio.run(story())


def test_a_granted_role_counts_at_once_for_who_is_remembered(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory, role=None)
        header = basic(ALICE, PASSWORD)
        assert not (await _ask(directory.second_worker, header)).may(Action.PULL, "app")
        await directory.roles.create(
            directory.owner, assignee=ALICE, role="AcrPull", scope=AssignmentScope("app")
        )
        assert (await _ask(directory.second_worker, header)).may(Action.PULL, "app")

    asyncio.run(story())


def test_a_change_elsewhere_does_not_hash_the_password_again(
    directory: DirectorySetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        await _alice(directory)
        header = basic(ALICE, PASSWORD)
        await _ask(directory, header)
        await directory.users.create(directory.owner, "bob@example.com")

        async def never(_stored: str | None, _password: str) -> None:
            pytest.fail("the password was hashed again")

        monkeypatch.setattr(directory.passwords, "check", never)
        assert (await _ask(directory, header)).principal.name == ALICE

    asyncio.run(story())


def test_twenty_sign_ins_at_once_hash_one_password(
    directory: DirectorySetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        await _alice(directory)
        checked: list[str] = []
        check = directory.passwords.check

        async def counting(stored: str | None, password: str) -> None:
            checked.append(password)
            await check(stored, password)

        monkeypatch.setattr(directory.passwords, "check", counting)
        header = basic(ALICE, PASSWORD)
        callers = await asyncio.gather(*(_ask(directory, header) for _ in range(20)))
        assert {caller.principal.name for caller in callers} == {ALICE}
        assert checked == [PASSWORD]

    asyncio.run(story())


def test_a_refresh_token_is_a_password_of_the_zero_user(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        standing = await directory.authenticator.standing(basic(ALICE, PASSWORD), ADDRESS)
        lifetime = directory.tokens.lifetimes.exchange
        refresh = await directory.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)
        header = basic("00000000-0000-0000-0000-000000000000", refresh)
        assert (await _ask(directory, header)).may(Action.PUSH, "app")
        directory.clock.move(hours=3)
        with pytest.raises(InvalidTokenError):
            await _ask(directory, header)

    asyncio.run(story())


def test_a_refresh_token_falls_with_the_password(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        standing = await directory.authenticator.standing(basic(ALICE, PASSWORD), ADDRESS)
        lifetime = directory.tokens.lifetimes.refresh
        before = await directory.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)
        await directory.users.set_password(directory.owner, ALICE, "another password")
        # A token made out of what stood before the change is worth no more than that was.
        late = await directory.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)
        for refresh in (before, late):
            with pytest.raises(InvalidTokenError):
                await directory.sign_in.with_refresh_token(refresh, TokenUse.REGISTRY)

    asyncio.run(story())


def test_tokens_end_no_later_than_the_secret_behind_them(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        ends = directory.clock().replace(minute=2)
        secret = await directory.secrets.add(
            directory.owner, made.app_id, NewSecret(expires_at=ends)
        )
        header = basic(made.app_id, secret.text)
        token = await _token(directory, header)
        standing = await directory.authenticator.standing(header, ADDRESS)
        lifetime = directory.tokens.lifetimes.refresh
        refresh = await directory.tokens.refresh_token(standing, TokenUse.REGISTRY, lifetime)
        directory.clock.move(minutes=2)
        for worthless in (header, token, basic("00000000-0000-0000-0000-000000000000", refresh)):
            with pytest.raises((InvalidTokenError, InvalidCredentialsError)):
                await _ask(directory, worthless)

    asyncio.run(story())


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer x",
        b"Bearer \xff\xfe",
        b"Bearer " + b"x" * 40_000,
        b"Basic",
        b"Basic !!!",
        b"Basic " + base64.b64encode(b"no colon"),
        b"Basic " + base64.b64encode(b"\xff:\xff"),
        b"Basic " + base64.b64encode(b":"),
        basic(OWNER, ""),
        basic("", OWNER_PASSWORD),
        basic("x" * 5000, "y"),
        basic(OWNER, "y" * 5000),
        basic("00000000-0000-0000-0000-000000000000", "sealyard-refresh-x"),
        basic("00000000-0000-0000-0000-000000000000", "x" * 5000),
        b"Digest username=admin",
        b"Negotiate x",
    ],
)
def test_what_is_no_credential_is_refused(directory: DirectorySetup, header: bytes) -> None:
    with pytest.raises((InvalidTokenError, InvalidCredentialsError)):
        asyncio.run(_ask(directory, header))


def test_the_management_api_takes_its_own_tokens_only(directory: DirectorySetup) -> None:
    async def story() -> None:
        await _alice(directory)
        header = basic(ALICE, PASSWORD)
        standing = await directory.authenticator.standing(header, ADDRESS)
        management = await directory.tokens.management_token(standing, "https://localhost:5443")
        ask = directory.management_authenticator.caller
        assert (await ask(bearer(management.token), ADDRESS)).principal.name == ALICE
        for refused in (header, await _token(directory, header)):
            with pytest.raises(InvalidTokenError):
                await ask(refused, ADDRESS)
        with pytest.raises(InvalidTokenError):
            await _ask(directory, bearer(management.token))

    asyncio.run(story())


def test_a_remembered_caller_costs_microseconds(directory: DirectorySetup) -> None:
    async def story() -> float:
        await _alice(directory)
        token = await _token(directory, basic(ALICE, PASSWORD))
        await _ask(directory, token)
        cached = directory.authenticator.cached
        began = time.perf_counter()
        for _ in range(10_000):
            cached(token, ADDRESS)
        return (time.perf_counter() - began) / 10_000

    assert asyncio.run(story()) < 50e-6  # about 3 µs; the bound only tells work from a look-up


def test_what_is_remembered_is_bounded(
    directory: DirectorySetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealyard.services.directory.authentication._MAX_REMEMBERED", 10)

    async def story() -> list[bool]:
        await _alice(directory)
        tokens = [await _token(directory, basic(ALICE, PASSWORD)) for _ in range(15)]
        for token in tokens:
            await _ask(directory, token)
        return [directory.authenticator.cached(token, ADDRESS) is not None for token in tokens]

    assert asyncio.run(story()) == [False] * 5 + [True] * 10
