"""Service principals: several names, several secrets with their ends, nothing shown twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.caller import Caller
from sealyard.access.errors import (
    DeniedError,
    InvalidCredentialsError,
    InvalidNameError,
    SecretExpiredError,
)
from sealyard.access.rights import Rights
from sealyard.db.credentials import CredentialStore
from sealyard.db.service_principals import ServicePrincipalFilter
from sealyard.errors import (
    DirectoryObjectExistsError,
    DirectoryObjectUnknownError,
    LimitExceededError,
)
from sealyard.services.directory.principal_secrets import MAX_SECRETS, NewSecret

if TYPE_CHECKING:
    from directory_setup import DirectorySetup


def test_it_is_found_by_each_of_its_ids_and_names(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(
            directory.owner, "builder", names=["http://builder"]
        )
        assert made.names == (made.app_id, "http://builder")
        for name in (made.app_id, made.object_id, made.application_id, "http://builder"):
            assert await directory.service_principals.show(directory.owner, name) == made
        with pytest.raises(DirectoryObjectUnknownError):
            await directory.service_principals.show(directory.owner, "builder")

    asyncio.run(story())


@pytest.mark.parametrize("name", ["", "x" * 257, "a\nb", "admin@myregistry.local", "0" * 8])
def test_a_name_that_could_be_mistaken_is_refused(directory: DirectorySetup, name: str) -> None:
    guid = "00000000-0000-4000-8000-000000000000"
    wanted = guid if name == "0" * 8 else name
    with pytest.raises(InvalidNameError):
        asyncio.run(directory.service_principals.create(directory.owner, "b", names=[wanted]))


def test_a_name_belongs_to_one_principal(directory: DirectorySetup) -> None:
    async def story() -> None:
        service_principals = directory.service_principals
        await service_principals.create(directory.owner, "one", names=["http://builder"])
        with pytest.raises(DirectoryObjectExistsError):
            await service_principals.create(directory.owner, "two", names=["http://builder"])
        two = await service_principals.create(directory.owner, "two")
        with pytest.raises(DirectoryObjectExistsError):
            await service_principals.rename(directory.owner, two.app_id, names=["http://builder"])
        await service_principals.rename(
            directory.owner, two.app_id, display_name="second", names=["http://two"]
        )
        shown = await service_principals.show(directory.owner, "http://two")
        assert (shown.display_name, shown.names[0]) == ("second", two.app_id)

    asyncio.run(story())


def test_each_secret_signs_in_until_it_ends(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        soon = NewSecret("soon", directory.clock() + timedelta(minutes=1))
        short = await directory.secrets.add(directory.owner, made.app_id, soon)
        long = await directory.secrets.add(directory.owner, made.app_id, NewSecret())
        for secret in (short, long):
            await directory.sign_in.with_password(made.app_id.upper(), secret.text, "-")
        directory.clock.move(minutes=1)
        with pytest.raises(InvalidCredentialsError):
            await directory.sign_in.with_password(made.app_id, short.text, "-")
        await directory.sign_in.with_password(made.app_id, long.text, "-")
        assert long.credential.expires_at == long.credential.created_at + timedelta(days=365)

    asyncio.run(story())


def test_a_secret_is_kept_as_its_hash_only(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        secret = await directory.secrets.add(directory.owner, made.app_id, NewSecret("ci"))
        (held,) = directory.database.read_now(
            lambda connection: CredentialStore(connection).of(made.object_id)
        )
        assert secret.text not in repr(held)
        assert held.hint == secret.text[:3]
        assert secret.text not in repr(directory.activity())

    asyncio.run(story())


def test_who_holds_an_expired_secret_is_told_so_and_nobody_else(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        end = directory.clock() + timedelta(days=1)
        secret = await directory.secrets.add(
            directory.owner, made.app_id, NewSecret(expires_at=end)
        )
        directory.clock.move(days=2)
        with pytest.raises(SecretExpiredError) as expired:
            await directory.sign_in.with_password(made.app_id, secret.text, "-")
        assert expired.value.ended == end
        assert "az ad sp credential reset" in str(expired.value)
        with pytest.raises(InvalidCredentialsError) as wrong:
            await directory.sign_in.with_password(made.app_id, secret.text[:-1] + "?", "-")
        assert "expired" not in str(wrong.value)

    asyncio.run(story())


def test_a_reset_leaves_only_the_new_secret(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        old = await directory.secrets.add(directory.owner, made.app_id, NewSecret())
        new = await directory.secrets.reset(directory.owner, made.app_id, NewSecret())
        with pytest.raises(InvalidCredentialsError):
            await directory.sign_in.with_password(made.app_id, old.text, "-")
        await directory.sign_in.with_password(made.app_id, new.text, "-")

    asyncio.run(story())


def test_a_removed_secret_is_worthless_and_the_others_are_not(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        other = await directory.service_principals.create(directory.owner, "other")
        one = await directory.secrets.add(directory.owner, made.app_id, NewSecret())
        two = await directory.secrets.add(directory.owner, made.app_id, NewSecret())
        key_id = one.credential.key_id
        with pytest.raises(DirectoryObjectUnknownError):
            await directory.secrets.remove(directory.owner, other.app_id, key_id)
        await directory.secrets.remove(directory.owner, made.app_id, key_id)
        with pytest.raises(InvalidCredentialsError):
            await directory.sign_in.with_password(made.app_id, one.text, "-")
        await directory.sign_in.with_password(made.app_id, two.text, "-")

    asyncio.run(story())


def test_the_number_of_secrets_is_bounded(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        for _ in range(MAX_SECRETS):
            await directory.secrets.add(directory.owner, made.app_id, NewSecret())
        with pytest.raises(LimitExceededError):
            await directory.secrets.add(directory.owner, made.app_id, NewSecret())

    asyncio.run(story())


@pytest.mark.parametrize("days", [-1, 0, 365 * 101])
def test_a_secret_does_not_end_in_the_past_or_never(directory: DirectorySetup, days: int) -> None:
    async def story() -> None:
        made = await directory.service_principals.create(directory.owner, "builder")
        wanted = NewSecret("", directory.clock() + timedelta(days=days))
        with pytest.raises(InvalidNameError):
            await directory.secrets.add(directory.owner, made.app_id, wanted)

    asyncio.run(story())


def test_one_for_rbac_has_its_secret_and_roles_at_once(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.rbac.create_for_rbac(
            directory.owner,
            "builder",
            role="AcrPush",
            scopes=[AssignmentScope("a"), AssignmentScope("b"), AssignmentScope("a")],
        )
        app_id = made.secret.principal.app_id
        await directory.sign_in.with_password(app_id, made.secret.text, "-")
        rights = directory.caller(app_id).rights
        assert rights.allow(Action.PUSH, "a")
        assert rights.allow(Action.PUSH, "b")
        assert not rights.allow(Action.PUSH, "c")
        assert len(made.roles) == 2

    asyncio.run(story())


def test_nobody_but_an_owner_makes_or_changes_them(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.rbac.create_for_rbac(
            directory.owner, "admin", role="Contributor", scopes=[AssignmentScope()]
        )
        builder = directory.caller(made.secret.principal.app_id)
        name, key_id = builder.principal.name, made.secret.credential.key_id
        for refused in (
            directory.service_principals.create(builder, "x"),
            directory.service_principals.set_enabled(builder, name, enabled=True),
            directory.service_principals.delete(builder, name),
            directory.service_principals.rename(builder, name, display_name="x"),
            directory.secrets.add(builder, name, NewSecret()),
            directory.secrets.reset(builder, name, NewSecret()),
            directory.secrets.remove(builder, name, key_id),
            directory.rbac.create_for_rbac(builder, "x"),
        ):
            with pytest.raises(DeniedError):
                await refused

    asyncio.run(story())


def test_who_may_make_principals_but_not_grant_makes_none_with_a_role(
    directory: DirectorySetup,
) -> None:
    held = Rights(frozenset({Action.DIRECTORY_WRITE}))
    clerk = Caller(directory.owner.principal, "-", held)
    with pytest.raises(DeniedError):
        asyncio.run(
            directory.rbac.create_for_rbac(
                clerk, "x", role="Owner", scopes=[AssignmentScope("app")]
            )
        )
    listed = asyncio.run(
        directory.service_principals.page(directory.owner, ServicePrincipalFilter(), 10)
    )
    assert listed == []


def test_a_deleted_one_is_gone_with_all_that_hung_on_it(directory: DirectorySetup) -> None:
    async def story() -> None:
        made = await directory.rbac.create_for_rbac(
            directory.owner, "builder", role="AcrPush", scopes=[AssignmentScope()]
        )
        app_id = made.secret.principal.app_id
        await directory.service_principals.delete(directory.owner, app_id)
        with pytest.raises(InvalidCredentialsError):
            await directory.sign_in.with_password(app_id, made.secret.text, "-")
        listed = await directory.service_principals.page(
            directory.owner, ServicePrincipalFilter(), 10
        )
        assert listed == []

    asyncio.run(story())


def test_they_are_listed_by_their_names(directory: DirectorySetup) -> None:
    async def story() -> None:
        service_principals, owner = directory.service_principals, directory.owner
        made = [
            await service_principals.create(owner, name, names=[f"http://{name}"])
            for name in ("build-a", "build-b", "deploy")
        ]

        async def listed(wanted: ServicePrincipalFilter) -> set[str]:
            page = await service_principals.page(owner, wanted, 10)
            return {principal.display_name for principal in page}

        assert await listed(ServicePrincipalFilter(display_name_prefix="build-")) == {
            "build-a",
            "build-b",
        }
        assert await listed(ServicePrincipalFilter(display_name_prefix="build%")) == set()
        assert await listed(ServicePrincipalFilter(display_name="deploy")) == {"deploy"}
        assert await listed(ServicePrincipalFilter(name="http://deploy")) == {"deploy"}
        assert await listed(ServicePrincipalFilter(name=made[0].app_id)) == {"build-a"}
        assert await listed(ServicePrincipalFilter(app_id=made[1].app_id)) == {"build-b"}
        first = await service_principals.page(owner, ServicePrincipalFilter(), 2)
        rest = ServicePrincipalFilter(after=first[-1].object_id)
        assert len(await service_principals.page(owner, rest, 2)) == 1

    asyncio.run(story())
