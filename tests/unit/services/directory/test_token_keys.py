"""Token keys: sealed, shared, replaced when old, believed until their last token ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, Worker, basic, bearer
from sealyard.access.errors import InvalidTokenError
from sealyard.access.rights import NOTHING
from sealyard.db.token_keys import TokenKeyStore
from sealyard.keystore.sealing import SealBrokenError, Sealer
from sealyard.services.directory.token_keys import TokenKeyLimits, TokenKeys

if TYPE_CHECKING:
    from directory_setup import DirectorySetup
    from sealyard.db.token_keys import TokenKey


def _rows(directory: DirectorySetup) -> list[TokenKey]:
    return directory.database.read_now(lambda connection: TokenKeyStore(connection).everything())


async def _token(directory: DirectorySetup) -> bytes:
    standing = await directory.authenticator.standing(basic(OWNER, OWNER_PASSWORD), ADDRESS)
    return bearer((await directory.tokens.management_token(standing, "x")).token)


def test_workers_sign_with_one_key(directory: DirectorySetup) -> None:
    async def story() -> None:
        mine, theirs = await asyncio.gather(
            directory.keys.signing(), directory.second_worker.keys.signing()
        )
        assert mine.key_id == theirs.key_id
        assert len(_rows(directory)) == 1

    asyncio.run(story())


def test_private_keys_are_sealed_in_their_place(directory: DirectorySetup) -> None:
    asyncio.run(directory.keys.signing())
    (row,) = _rows(directory)
    with pytest.raises(ValueError, match=r"."):
        load_der_private_key(row.sealed_private_key, None)
    sealer = Sealer(bytes(32))
    load_der_private_key(sealer.open(row.sealed_private_key, f"token-key/{row.key_id}"), None)
    with pytest.raises(SealBrokenError):
        sealer.open(row.sealed_private_key, "token-key/another")


def test_another_master_key_opens_nothing(directory: DirectorySetup) -> None:
    asyncio.run(directory.keys.signing())
    foreign = TokenKeys(directory.database, Sealer(b"x" * 32), directory.clock, TokenKeyLimits())
    with pytest.raises(SealBrokenError):
        asyncio.run(foreign.signing())


def test_an_old_key_is_replaced_and_its_tokens_still_count(directory: DirectorySetup) -> None:
    async def story() -> None:
        directory.clock.move(days=29, hours=23, minutes=59)
        old = await directory.keys.signing()
        directory.clock.move(days=29, hours=23, minutes=59)
        token = await _token(directory)
        directory.clock.move(minutes=2)
        other = directory.second_worker
        new, same = await asyncio.gather(directory.keys.signing(), other.keys.signing())
        assert new.key_id == same.key_id != old.key_id
        for worker in (directory, other):
            caller = await worker.management_authenticator.caller(token, ADDRESS)
            assert caller.principal.name == OWNER

    asyncio.run(story())


def test_a_key_nobody_needs_is_deleted(directory: DirectorySetup) -> None:
    async def story() -> list[int]:
        counts = []
        for _ in range(4):
            await directory.keys.signing()
            counts.append(len(_rows(directory)))
            directory.clock.move(days=30)
        return counts

    assert asyncio.run(story()) == [1, 2, 2, 2]


def test_a_deleted_key_is_believed_no_more(directory: DirectorySetup) -> None:
    async def story() -> None:
        token = await _token(directory)
        (row,) = _rows(directory)
        directory.database.write_now(
            lambda transaction: TokenKeyStore(transaction.connection).delete(row.key_id)
        )
        directory.database.generations.touch("token_keys")
        with pytest.raises(InvalidTokenError):
            await directory.second_worker.management_authenticator.caller(token, ADDRESS)

    asyncio.run(story())


def test_a_worker_that_starts_later_believes_the_same_tokens(directory: DirectorySetup) -> None:
    async def story() -> None:
        standing = await directory.authenticator.standing(basic(OWNER, OWNER_PASSWORD), ADDRESS)
        token = (await directory.tokens.registry_token(standing, NOTHING, "x")).token
        late = Worker(directory.database, directory.clock, directory.record, directory.passwords)
        caller = await late.authenticator.caller(bearer(token), ADDRESS)
        assert caller.principal.name == OWNER

    asyncio.run(story())
