"""The token endpoint as docker, notary and az use it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD, bearer
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.services.directory.management_sign_in import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from directory_setup import DirectorySetup

SERVICE = {"service": "localhost:5443"}
OWNER_AUTH = (OWNER, OWNER_PASSWORD)
ZERO_USER = "00000000-0000-0000-0000-000000000000"


def _claims(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _access(answer: httpx.Response) -> dict[str, list[str]]:
    return {entry["name"]: entry["actions"] for entry in _claims(answer)["access"]}


def _message(answer: httpx.Response) -> tuple[str, str]:
    (error,) = answer.json()["errors"]
    return error["code"], error["message"]


async def _give(directory: DirectorySetup, role: str, to: str = OWNER) -> None:
    await directory.roles.create(directory.owner, assignee=to, role=role, scope=AssignmentScope())


def test_docker_login_gets_a_token_and_a_login_to_keep(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        async with connect() as client:
            login = {**SERVICE, "account": "admin", "client_id": "docker", "offline_token": "true"}
            answer = await client.get("/oauth2/token", params=login, auth=OWNER_AUTH)
            body = answer.json()
            assert body["token"] == body["access_token"]
            assert (body["expires_in"], body["issued_at"]) == (300, "2026-11-23T12:00:00Z")
            assert (_claims(answer)["access"], _claims(answer)["aud"]) == ([], "localhost:5443")
            form = {
                "grant_type": "refresh_token",
                "refresh_token": body["refresh_token"],
                "client_id": "docker",
                "scope": "repository:app:pull",
                **SERVICE,
            }
            answer = await client.post("/oauth2/token", data=form)
            assert _access(answer) == {"app": ["pull"]}
            caller = await directory.authenticator.caller(bearer(answer.json()["token"]), ADDRESS)
            assert caller.may(Action.PULL, "app")

    asyncio.run(story())


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic Og=="}])
def test_answers_are_kept_by_nobody_on_the_way(
    connect: Callable[[], httpx.AsyncClient], headers: dict[str, str]
) -> None:
    async def story() -> None:
        async with connect() as client:
            answer = await client.get("/oauth2/token", params=SERVICE, headers=headers)
            assert answer.headers["cache-control"] == "no-store"

    asyncio.run(story())


def test_the_anonymous_caller_gets_a_token_for_nothing(
    connect: Callable[[], httpx.AsyncClient],
) -> None:
    async def story() -> None:
        async with connect() as client:
            params = {
                **SERVICE,
                "scope": "repository:localhost:5443/app:pull",
                "offline_token": "true",
            }
            answer = await client.get("/oauth2/token", params=params)
            assert (_claims(answer)["access"], _claims(answer)["sub"]) == ([], "")
            assert "refresh_token" not in answer.json()

    asyncio.run(story())


def test_scopes_come_repeated_spaced_and_host_qualified(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        await _give(directory, "AcrImageSigner")
        async with connect() as client:
            scopes = [
                "repository:localhost:5443/team/app:push,pull repository:base:pull",
                "repository:registry.example.com/other:*",
                "registry:catalog:*",
            ]
            answer = await client.get(
                "/oauth2/token", params={**SERVICE, "scope": scopes}, auth=OWNER_AUTH
            )
            assert _access(answer) == {
                "team/app": ["pull", "push", "sign"],
                "base": ["pull"],
                "other": ["delete", "metadata_read", "metadata_write", "pull", "push", "sign"],
                "catalog": ["*"],
            }

    asyncio.run(story())


def test_an_owner_does_not_sign_unless_it_is_a_signer(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        params = {**SERVICE, "scope": "repository:localhost:5443/app:push,pull"}
        async with connect() as client:
            before = await client.get("/oauth2/token", params=params, auth=OWNER_AUTH)
            assert _access(before) == {"app": ["pull", "push"]}
            await _give(directory, "AcrImageSigner")
            after = await client.get("/oauth2/token", params=params, auth=OWNER_AUTH)
            assert _access(after) == {"app": ["pull", "push", "sign"]}

    asyncio.run(story())


def test_push_rights_do_not_delete(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        await directory.users.create(directory.owner, "alice@x.y", password="long enough")
        await _give(directory, "AcrPush", "alice")
        async with connect() as client:
            params = {**SERVICE, "scope": "repository:app:pull,push,delete repository:b:*"}
            answer = await client.get("/oauth2/token", params=params, auth=("alice", "long enough"))
            assert _access(answer) == {
                "app": ["pull", "push"],
                "b": ["metadata_read", "pull", "push"],
            }

    asyncio.run(story())


@pytest.mark.parametrize(
    ("name", "password"),
    [(OWNER, "wrong"), ("nobody@x.y", "wrong"), (ZERO_USER, "wrong"), ("admin", ""), ("", "x")],
)
def test_a_wrong_sign_in_says_so_and_no_more(
    connect: Callable[[], httpx.AsyncClient], name: str, password: str
) -> None:
    async def story() -> None:
        async with connect() as client:
            answer = await client.get("/oauth2/token", params=SERVICE, auth=(name, password))
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")
            code, message = _message(answer)
            assert code == "UNAUTHORIZED"
            assert "sign in" in message
            assert not name or name not in message

    asyncio.run(story())


def test_an_unknown_user_and_a_wrong_password_look_the_same(
    connect: Callable[[], httpx.AsyncClient],
) -> None:
    async def story() -> None:
        async with connect() as client:
            known = await client.get("/oauth2/token", params=SERVICE, auth=(OWNER, "wrong"))
            other = await client.get("/oauth2/token", params=SERVICE, auth=("x@y.z", "wrong"))
            assert (known.status_code, known.content) == (other.status_code, other.content)

    asyncio.run(story())


def test_too_many_wrong_passwords_have_to_wait(connect: Callable[[], httpx.AsyncClient]) -> None:
    async def story() -> None:
        async with connect() as client:
            for number in range(6):
                answer = await client.get(
                    "/oauth2/token", params=SERVICE, auth=(OWNER, f"wrong {number}")
                )
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert _message(answer)[0] == "TOOMANYREQUESTS"

    asyncio.run(story())


def test_az_repository_commands_sign_in_with_a_form(
    connect: Callable[[], httpx.AsyncClient],
) -> None:
    async def story() -> None:
        async with connect() as client:
            form = {
                "grant_type": "password",
                "username": "admin",
                "password": OWNER_PASSWORD,
                "scope": "repository:app:delete,metadata_read",
                **SERVICE,
            }
            answer = await client.post("/oauth2/token", data=form)
            assert _access(answer) == {"app": ["delete", "metadata_read"]}
            assert "refresh_token" not in answer.json()
            kept = await client.post("/oauth2/token", data={**form, "access_type": "offline"})
            assert kept.json()["refresh_token"]

    asyncio.run(story())


def test_az_acr_login_exchanges_its_token_and_docker_logs_in_with_it(
    directory: DirectorySetup, connect: Callable[[], httpx.AsyncClient]
) -> None:
    async def story() -> None:
        signed_in = await directory.management.sign_in_password(
            OWNER, OWNER_PASSWORD, Asked("https://containerregistry.azure.net"), ADDRESS
        )
        async with connect() as client:
            form = {
                "grant_type": "access_token",
                "service": "localhost:5443",
                "tenant": directory.record.tenant_id,
                "access_token": signed_in.access.token,
            }
            exchanged = await client.post("/oauth2/exchange", data=form)
            refresh = exchanged.json()["refresh_token"]
            login = {**SERVICE, "offline_token": "true", "scope": "repository:app:pull"}
            answer = await client.get("/oauth2/token", params=login, auth=(ZERO_USER, refresh))
            assert _access(answer) == {"app": ["pull"]}
            assert answer.json()["refresh_token"] == refresh
            direct = await client.post(
                "/oauth2/token", data={**form, "scope": "repository:app:push"}
            )
            assert _access(direct) == {"app": ["push"]}

    asyncio.run(story())


def test_a_registry_token_is_not_exchanged(connect: Callable[[], httpx.AsyncClient]) -> None:
    async def story() -> None:
        async with connect() as client:
            answer = await client.get("/oauth2/token", params=SERVICE, auth=OWNER_AUTH)
            token = answer.json()["token"]
            form = {"grant_type": "access_token", "access_token": token, **SERVICE}
            for path in ("/oauth2/exchange", "/oauth2/token"):
                assert (await client.post(path, data=form)).status_code == 401
            again = await client.get(
                "/oauth2/token", params=SERVICE, headers={"authorization": f"Bearer {token}"}
            )
            assert again.status_code == 400

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/oauth2/token", {}),
        ("/oauth2/token", {"grant_type": "authorization_code"}),
        ("/oauth2/token", {"grant_type": "password", "username": "admin"}),
        ("/oauth2/token", {"grant_type": "refresh_token"}),
        ("/oauth2/exchange", {"grant_type": "access_token"}),
        ("/oauth2/exchange", {"grant_type": "password", "access_token": "x"}),
        ("/oauth2/token", {f"field{number}": "x" for number in range(100)}),
    ],
)
def test_a_request_that_lacks_something_says_what(
    connect: Callable[[], httpx.AsyncClient], path: str, form: dict[str, str]
) -> None:
    async def story() -> None:
        async with connect() as client:
            answer = await client.post(path, data=form)
            assert answer.status_code == 400
            assert _message(answer)[0] == "INVALID_REQUEST"

    asyncio.run(story())


def test_an_endless_form_is_not_read_to_its_end(connect: Callable[[], httpx.AsyncClient]) -> None:
    async def story() -> None:
        async with connect() as client:
            answer = await client.post("/oauth2/token", data={"grant_type": "x" * 70_000})
            assert answer.status_code == 413

    asyncio.run(story())


@pytest.mark.parametrize("scope", ["nonsense", "repository:a", "x " * 100])
def test_a_scope_that_cannot_be_read_is_refused(
    connect: Callable[[], httpx.AsyncClient], scope: str
) -> None:
    async def story() -> None:
        async with connect() as client:
            params = {**SERVICE, "scope": scope}
            answer = await client.get("/oauth2/token", params=params, auth=OWNER_AUTH)
            assert answer.status_code == 400
            assert _message(answer)[0] == "INVALID_SCOPE"

    asyncio.run(story())


def test_an_unknown_service_does_not_become_the_audience(
    connect: Callable[[], httpx.AsyncClient],
) -> None:
    async def story() -> None:
        async with connect() as client:
            answer = await client.get(
                "/oauth2/token", params={"service": "evil.example"}, auth=OWNER_AUTH
            )
            assert _claims(answer)["aud"] == "localhost:5443"
            answer = await client.get(
                "/oauth2/token", params={"service": "Registry.Example.com"}, auth=OWNER_AUTH
            )
            assert _claims(answer)["aud"] == "registry.example.com"

    asyncio.run(story())


def test_no_secret_reaches_the_log(
    directory: DirectorySetup,
    connect: Callable[[], httpx.AsyncClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> str:
        async with connect() as client:
            login = {**SERVICE, "offline_token": "true"}
            answer = await client.get("/oauth2/token", params=login, auth=OWNER_AUTH)
            for number in range(6):
                form = {"grant_type": "password", "username": "admin", "password": f"no-{number}"}
                await client.post("/oauth2/token", data=form)
            refresh: str = answer.json()["refresh_token"]
            return refresh

    with caplog.at_level(logging.DEBUG):
        refresh = asyncio.run(story())
    written = caplog.text + repr(directory.activity())
    for secret in (OWNER_PASSWORD, refresh, "no-3"):
        assert secret not in written
