"""The admin user: there when it is switched on, with passwords that can be read; it never signs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, basic
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import DeniedError, InvalidCredentialsError, InvalidNameError
from sealyard.db.admin_user import AdminUserStore
from sealyard.keystore.sealing import Sealer
from sealyard.services.directory.admin_user import AdminUserDisabledError, AdminUserService
from sealyard.services.directory.registry_accounts import NameTakenError

if TYPE_CHECKING:
    from directory_setup import DirectorySetup
    from sealyard.access.caller import Caller

NAME = "myregistry"


@pytest.fixture
def admin(directory: DirectorySetup) -> AdminUserService:
    return AdminUserService(directory.database, Sealer(bytes(32)), directory.clock)


def switched(admin: AdminUserService, directory: DirectorySetup, *, on: bool = True) -> list[str]:
    asyncio.run(admin.switch(directory.owner, enabled=on))
    if not on:
        return []
    shown = asyncio.run(admin.credentials(directory.owner))
    assert shown.username == NAME
    assert list(shown.passwords) == ["password", "password2"]
    return list(shown.passwords.values())


def signed_in(directory: DirectorySetup, password: str) -> Caller:
    return asyncio.run(
        directory.second_worker.authenticator.caller(basic("MyRegistry", password), ADDRESS)
    )


def test_it_does_everything_with_images_but_sign(
    admin: AdminUserService, directory: DirectorySetup
) -> None:
    for password in switched(admin, directory):
        caller = signed_in(directory, password)
        for action in (Action.PULL, Action.PUSH, Action.DELETE, Action.METADATA_WRITE):
            caller.require(action, "team/app")
        caller.require(Action.CATALOG)
        with pytest.raises(DeniedError, match="the admin user never can"):
            caller.require(Action.SIGN, "team/app")
        with pytest.raises(DeniedError):
            caller.require(Action.REGISTRY_READ)


def test_it_is_off_at_first_and_gone_when_switched_off(
    admin: AdminUserService, directory: DirectorySetup
) -> None:
    with pytest.raises(AdminUserDisabledError):
        asyncio.run(admin.credentials(directory.owner))
    before = switched(admin, directory)
    signed_in(directory, before[0])
    assert switched(admin, directory) == before  # twice is once
    switched(admin, directory, on=False)
    with pytest.raises(InvalidCredentialsError):
        signed_in(directory, before[0])
    assert directory.database.read_now(lambda rows: AdminUserStore(rows).find()) is None
    after = switched(admin, directory)
    assert not set(before) & set(after)
    with pytest.raises(InvalidCredentialsError):
        signed_in(directory, before[1])


def test_one_password_is_renewed_and_the_other_works_on(
    admin: AdminUserService, directory: DirectorySetup
) -> None:
    first, second = switched(admin, directory)
    signed_in(directory, second)
    shown = asyncio.run(admin.renew(directory.owner, "password2"))
    assert shown.passwords["password"] == first
    signed_in(directory, first)
    signed_in(directory, shown.passwords["password2"])
    with pytest.raises(InvalidCredentialsError):
        signed_in(directory, second)
    with pytest.raises(InvalidNameError):
        asyncio.run(admin.renew(directory.owner, "password3"))


def test_every_reading_is_recorded_and_no_password_lies_open(
    admin: AdminUserService, directory: DirectorySetup
) -> None:
    passwords = switched(admin, directory)
    lines = directory.activity("admin.")
    assert [line.kind for line in lines] == ["admin.read", "admin.enable"]
    row = directory.database.read_now(lambda rows: AdminUserStore(rows).find())
    assert all(
        password.encode() not in sealed
        for password, sealed in zip(passwords, row.sealed.values() if row else (), strict=True)
    )
    assert passwords[0] not in repr(directory.activity())


def test_readers_neither_switch_nor_read_it(
    admin: AdminUserService, directory: DirectorySetup
) -> None:
    user = "rita@example.com"
    asyncio.run(directory.users.create(directory.owner, user, password="a long password"))
    asyncio.run(
        directory.roles.create(
            directory.owner, assignee=user, role="Reader", scope=AssignmentScope()
        )
    )
    rita = directory.caller(user)
    switched(admin, directory)
    for act in (
        admin.switch(rita, enabled=False),
        admin.credentials(rita),
        admin.renew(rita, "password"),
    ):
        with pytest.raises(DeniedError):
            asyncio.run(act)


def test_nobody_administers_as_the_admin_user(
    admin: AdminUserService, directory: DirectorySetup
) -> None:
    password, _ = switched(admin, directory)
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(directory.sign_in.with_password(NAME, password, ADDRESS))


def test_it_never_shares_its_name(admin: AdminUserService, directory: DirectorySetup) -> None:
    user = f"{NAME}@example.com"
    asyncio.run(directory.users.create(directory.owner, user, password="a long password"))
    with pytest.raises(NameTakenError):
        switched(admin, directory)
    asyncio.run(directory.users.delete(directory.owner, user))
    switched(admin, directory)
    with pytest.raises(NameTakenError, match="the admin user"):
        asyncio.run(directory.users.create(directory.owner, user, password="a long password"))
