"""Users: only an Owner changes them, every change is recorded, nobody is locked out for good."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import OWNER, OWNER_PASSWORD
from sealyard.access.assignments import AssignmentScope
from sealyard.access.caller import Caller
from sealyard.access.errors import DeniedError, InvalidNameError, UnauthenticatedError
from sealyard.db.credentials import CredentialStore
from sealyard.db.users import UserFilter
from sealyard.errors import DirectoryObjectExistsError, DirectoryObjectUnknownError
from sealyard.services.directory.last_owner import LastOwnerError

if TYPE_CHECKING:
    from directory_setup import DirectorySetup

ALICE = "alice@example.com"


def test_a_user_is_made_with_a_generated_password_that_is_shown_once(
    directory: DirectorySetup,
) -> None:
    created = asyncio.run(directory.users.create(directory.owner, "Alice@Example.com"))
    assert created.user.user_principal_name == ALICE
    assert created.user.display_name == "alice"
    assert created.password is not None
    assert len(created.password) >= 20
    asyncio.run(directory.sign_in.with_password(ALICE, created.password, "-"))


def test_a_given_password_is_not_given_back(directory: DirectorySetup) -> None:
    created = asyncio.run(directory.users.create(directory.owner, ALICE, password="long enough"))
    assert created.password is None
    asyncio.run(directory.sign_in.with_password("alice", "long enough", "-"))


def test_passwords_are_kept_as_argon2id_hashes_only(directory: DirectorySetup) -> None:
    created = asyncio.run(directory.users.create(directory.owner, ALICE, password="long enough"))
    (held,) = directory.database.read_now(
        lambda connection: CredentialStore(connection).of(created.user.object_id)
    )
    assert held.hash.startswith("$argon2id$")
    assert held.hint == ""


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 257, "bell\x07bell", "alice@example.com", "ALICE@example.com"]
)
def test_a_password_that_protects_nothing_is_refused(
    directory: DirectorySetup, password: str
) -> None:
    with pytest.raises(InvalidNameError) as caught:
        asyncio.run(directory.users.create(directory.owner, ALICE, password=password))
    assert not password or password not in str(caught.value)


def test_a_taken_name_is_refused_in_any_case(directory: DirectorySetup) -> None:
    asyncio.run(directory.users.create(directory.owner, ALICE))
    with pytest.raises(DirectoryObjectExistsError):
        asyncio.run(directory.users.create(directory.owner, ALICE.upper()))


@pytest.mark.parametrize(
    "role", ["Contributor", "Reader", "AcrPush", "AcrImageSigner", "User Access Administrator"]
)
def test_nobody_but_an_owner_changes_users(directory: DirectorySetup, role: str) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        await directory.roles.create(
            directory.owner, assignee=ALICE, role=role, scope=AssignmentScope()
        )
        alice = directory.caller(ALICE)
        for refused in (
            directory.users.create(alice, "mallory@example.com"),
            directory.users.set_password(alice, OWNER, "my own choice"),
            directory.users.set_display_name(alice, OWNER, "x"),
            directory.users.set_enabled(alice, OWNER, enabled=False),
            directory.users.delete(alice, OWNER),
        ):
            with pytest.raises(DeniedError):
                await refused

    asyncio.run(story())


def test_the_anonymous_caller_reads_nobody(directory: DirectorySetup) -> None:
    for name in (OWNER, "", "anonymous"):
        with pytest.raises(UnauthenticatedError):
            asyncio.run(directory.users.show(Caller.anonymous("-"), name))


def test_everybody_may_read_itself_and_readers_everybody(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        alice = directory.caller(ALICE)
        assert (await directory.users.show(alice, ALICE)).user_principal_name == ALICE
        with pytest.raises(DeniedError):
            await directory.users.show(alice, OWNER)
        with pytest.raises(DeniedError):
            await directory.users.page(alice, UserFilter(), 10)
        await directory.roles.create(
            directory.owner, assignee=ALICE, role="Reader", scope=AssignmentScope()
        )
        shown = await directory.users.show(directory.caller(ALICE), "admin")
        assert shown.user_principal_name == OWNER

    asyncio.run(story())


def test_a_user_is_found_by_name_short_name_and_object_id(directory: DirectorySetup) -> None:
    async def story() -> None:
        alice = (await directory.users.create(directory.owner, ALICE)).user
        for name in (ALICE, "alice", "ALICE", alice.object_id, alice.object_id.upper()):
            assert await directory.users.show(directory.owner, name) == alice
        await directory.users.create(directory.owner, "alice@other.example")
        with pytest.raises(DirectoryObjectUnknownError):
            await directory.users.show(directory.owner, "alice")

    asyncio.run(story())


def test_users_are_listed_in_pages_by_name(directory: DirectorySetup) -> None:
    async def story() -> list[list[str]]:
        for name in ("c", "a", "b"):
            await directory.users.create(
                directory.owner, f"{name}@x.y", display_name="Team " + name
            )
        found = []
        after = ""
        while page := await directory.users.page(directory.owner, UserFilter(after=after), 2):
            found.append([user.user_principal_name for user in page])
            after = page[-1].user_principal_name
        by_prefix = UserFilter(display_name_prefix="Team")
        found.append(
            [
                user.display_name
                for user in await directory.users.page(directory.owner, by_prefix, 9)
            ]
        )
        return found

    assert asyncio.run(story()) == [
        ["a@x.y", OWNER],
        ["b@x.y", "c@x.y"],
        ["Team a", "Team b", "Team c"],
    ]


def test_the_last_owner_can_be_neither_deleted_nor_disabled(directory: DirectorySetup) -> None:
    async def story() -> None:
        with pytest.raises(LastOwnerError):
            await directory.users.delete(directory.owner, OWNER)
        with pytest.raises(LastOwnerError):
            await directory.users.set_enabled(directory.owner, OWNER, enabled=False)
        await directory.sign_in.with_password(OWNER, OWNER_PASSWORD, "-")
        assert (await directory.users.show(directory.owner, OWNER)).enabled

    asyncio.run(story())


def test_an_owner_may_go_once_there_is_another_who_can_sign_in(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE)
        await directory.roles.create(
            directory.owner, assignee=ALICE, role="Owner", scope=AssignmentScope()
        )
        alice = directory.caller(ALICE)
        await directory.users.set_enabled(alice, OWNER, enabled=False)
        with pytest.raises(LastOwnerError):  # the other one is disabled
            await directory.users.delete(alice, ALICE)
        await directory.users.delete(alice, OWNER)

    asyncio.run(story())


def test_deleting_a_user_takes_its_roles_and_secrets_with_it(directory: DirectorySetup) -> None:
    async def story() -> None:
        first = (await directory.users.create(directory.owner, ALICE)).user
        await directory.roles.create(
            directory.owner, assignee=ALICE, role="AcrPush", scope=AssignmentScope("app")
        )
        await directory.users.delete(directory.owner, ALICE)
        again = (await directory.users.create(directory.owner, ALICE)).user
        assert again.object_id != first.object_id
        assert directory.caller(ALICE).rights.actions_in("app") == frozenset()
        held = directory.database.read_now(
            lambda connection: CredentialStore(connection).of(first.object_id)
        )
        assert held == []

    asyncio.run(story())


def test_every_change_is_recorded_and_never_a_password(directory: DirectorySetup) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, ALICE, password="secret-one")
        await directory.users.set_password(directory.owner, ALICE, "secret-two")
        await directory.users.set_display_name(directory.owner, ALICE, "Alice")
        await directory.users.set_enabled(directory.owner, ALICE, enabled=False)
        await directory.users.set_enabled(directory.owner, ALICE, enabled=True)
        await directory.users.delete(directory.owner, ALICE)

    asyncio.run(story())
    log = directory.activity("user.")
    kinds = [entry.kind.removeprefix("user.") for entry in reversed(log)]
    assert kinds == ["create", "password", "update", "disable", "enable", "delete"]
    assert {(entry.actor_name, entry.detail["user"]) for entry in log} == {(OWNER, ALICE)}
    assert "secret-" not in repr(log)
