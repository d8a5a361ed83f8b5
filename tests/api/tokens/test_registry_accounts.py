"""The token endpoint for scoped tokens, the admin user and nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import jwt
import pytest

from sealyard.keystore.sealing import Sealer
from sealyard.services.directory.admin_user import AdminUserService
from sealyard.services.directory.scope_maps import ScopeMapService
from sealyard.services.directory.scoped_tokens import ScopedTokenService
from sealyard.services.policy.anonymous_pull import AnonymousPullService

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from directory_setup import DirectorySetup

ASKED = {"service": "localhost:5443", "scope": "repository:localhost:5443/team/app:pull,push"}


async def scoped_token(directory: DirectorySetup, *words: str) -> tuple[str, str]:
    actions = [f"repositories/team/*/{word}" for word in words]
    await ScopeMapService(directory.database, directory.clock).put(
        directory.owner, "build", "", actions
    )
    service = ScopedTokenService(directory.database, directory.clock)
    await service.put(directory.owner, "robot", "build")
    _, made = await service.generate(directory.owner, "robot")
    return "robot", made[0].text


async def admin_user(directory: DirectorySetup) -> tuple[str, str]:
    service = AdminUserService(directory.database, Sealer(bytes(32)), directory.clock)
    await service.switch(directory.owner, enabled=True)
    shown = await service.credentials(directory.owner)
    return shown.username, shown.passwords["password2"]


def access(answer: httpx.Response) -> dict[str, list[str]]:
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    return {entry["name"]: entry["actions"] for entry in claims["access"]}


def test_docker_gets_what_the_map_allows_of_what_it_asks(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        login = await scoped_token(directory, "content/read", "content/write", "sign/write")
        async with connect() as client:
            answer = await client.get("/oauth2/token", params=ASKED, auth=login)
            assert access(answer) == {"team/app": ["pull", "push", "sign"]}
            other = {**ASKED, "scope": "repository:other:pull registry:catalog:*"}
            answer = await client.get("/oauth2/token", params=other, auth=login)
            assert access(answer) == {}

    asyncio.run(story())


@pytest.mark.parametrize("which", ["token", "admin"])
def test_neither_gets_a_refresh_token(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient], which: str
) -> None:
    async def story() -> None:
        login = await (
            scoped_token(directory, "content/read") if which == "token" else admin_user(directory)
        )
        async with connect() as client:
            params = {**ASKED, "offline_token": "true"}
            got = await client.get("/oauth2/token", params=params, auth=login)
            form = {"grant_type": "password", "username": login[0], "password": login[1]}
            posted = await client.post(
                "/oauth2/token", data={**ASKED, **form, "access_type": "offline"}
            )
        for answer in (got, posted):
            assert answer.status_code == 200
            assert "pull" in access(answer)["team/app"]
            assert "sign" not in access(answer)["team/app"]
            assert "refresh_token" not in answer.json()

    asyncio.run(story())


def test_nobody_gets_a_token_that_pulls_where_everybody_may(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        service = AnonymousPullService(directory.database, directory.clock)
        async with connect() as client:
            for enabled, held in ((True, {"team/app": ["pull"]}), (False, {})):
                await service.switch(directory.owner, enabled=enabled)
                answer = await client.get("/oauth2/token", params=ASKED)
                assert access(answer) == held

    asyncio.run(story())


def test_a_wrong_password_of_a_token_costs_what_that_of_an_unknown_name_costs(
    directory: DirectorySetup,
    connect: Callable[[], httpx.AsyncClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str | None] = []
    check = directory.passwords.check

    async def counting(stored: str | None, password: str) -> None:
        checked.append(stored)
        await check(stored, password)

    async def story() -> None:
        name, password = await scoped_token(directory, "content/read")
        monkeypatch.setattr(directory.passwords, "check", counting)
        async with connect() as client:
            for login in ((name, "wrong"), ("nobody", "wrong")):
                answer = await client.get("/oauth2/token", params=ASKED, auth=login)
                assert answer.status_code == 401
            assert checked == [None, None]
            await client.get("/oauth2/token", params=ASKED, auth=(name, password))
            assert len(checked) == 2

    asyncio.run(story())
