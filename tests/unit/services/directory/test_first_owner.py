"""The first start, and the way back in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, Clock
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import InvalidCredentialsError, InvalidNameError
from sealyard.access.roles import OWNER as OWNER_ROLE
from sealyard.access.roles import role
from sealyard.db.base import metadata
from sealyard.db.database import Database
from sealyard.db.generations import Generations
from sealyard.db.registry import RegistryRecord, RegistryStore
from sealyard.errors import DirectoryObjectUnknownError
from sealyard.services.directory.first_owner import prepare_registry, reset_owner_password
from sealyard.services.directory.passwords import Passwords
from sealyard.services.directory.role_assignments import HeldRoleFilter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from directory_setup import DirectorySetup


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "empty.db", Generations.private())
    database.write_now(lambda transaction: metadata.create_all(transaction.connection))
    yield database
    database.close()


def _record(database: Database) -> RegistryRecord | None:
    return database.read_now(lambda connection: RegistryStore(connection).find())


def _start(database: Database, name: str, password: str | None) -> str | None:
    owner = prepare_registry(database, Passwords(1), Clock(), name=name, password=password)
    if owner is None:
        return None
    assert owner.user_principal_name == f"admin@{name.lower()}.local"
    return owner.password


def test_the_first_start_makes_an_owner_with_a_password_of_its_own(empty: Database) -> None:
    first = _start(empty, "myregistry", None)
    assert first is not None
    assert len(first) >= 20


def test_a_given_password_is_not_repeated(empty: Database) -> None:
    assert _start(empty, "myregistry", "given by the operator") is None
    assert _record(empty) is not None


@pytest.mark.parametrize("password", ["", "admin", "admin@myregistry.local"])
def test_there_is_no_default_or_trivial_password(empty: Database, password: str) -> None:
    with pytest.raises(InvalidNameError):
        _start(empty, "myregistry", password)
    assert _record(empty) is None


def test_a_later_start_changes_neither_ids_nor_password(directory: DirectorySetup) -> None:
    before = _record(directory.database)
    assert before is not None
    assert _start(directory.database, "myregistry", "another password") is None
    assert _record(directory.database) == before
    asyncio.run(directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS))


def test_a_new_name_is_taken_over(directory: DirectorySetup) -> None:
    before = _record(directory.database)
    assert before is not None
    _start(directory.database, "Renamed1", None)
    after = _record(directory.database)
    assert after is not None
    assert after.resource_id.endswith("/registries/Renamed1")
    assert after.token_issuer == before.token_issuer


def test_the_first_owner_owns_and_does_not_sign(directory: DirectorySetup) -> None:
    rights = directory.owner.rights
    assert rights.everywhere == OWNER_ROLE.actions
    assert not rights.everywhere & role("AcrImageSigner").actions


def test_a_forgotten_password_is_reset_and_the_owner_owns_again(
    directory: DirectorySetup,
) -> None:
    async def lose() -> None:
        other = (await directory.users.create(directory.owner, "alice@x.y")).user
        await directory.roles.create(
            directory.owner,
            assignee=other.object_id,
            role="Owner",
            scope=AssignmentScope(),
        )
        alice = directory.caller("alice@x.y")
        (held,) = await directory.roles.everything(alice, HeldRoleFilter(OWNER))
        await directory.roles.delete(alice, held.assignment.id)
        await directory.users.set_enabled(alice, OWNER, enabled=False)

    asyncio.run(lose())
    reset = reset_owner_password(
        directory.database, directory.passwords, directory.clock, user="admin", password=None
    )
    assert reset.user_principal_name == OWNER
    assert reset.password is not None
    asyncio.run(directory.sign_in.with_password(OWNER, reset.password, ADDRESS))
    assert directory.owner.rights.everywhere == OWNER_ROLE.actions
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(directory.sign_in.with_password(OWNER, OWNER_PASSWORD, ADDRESS))
    (entry,) = directory.activity("user.password")
    assert entry.actor_name == "(operator)"
    assert reset.password not in repr(entry)


@pytest.mark.parametrize("user", ["nobody", "", "11111111-2222-4333-8444-555555555555"])
def test_only_a_user_that_there_is_can_be_reset(directory: DirectorySetup, user: str) -> None:
    with pytest.raises(DirectoryObjectUnknownError):
        reset_owner_password(
            directory.database, directory.passwords, directory.clock, user=user, password=None
        )
