"""Signing in on another device: a code shown there, entered on our page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, OWNER, OWNER_PASSWORD
from sealyard.access.errors import AccessError, InvalidCredentialsError, InvalidTokenError
from sealyard.errors import TooManyRequestsError
from sealyard.services.directory.device_sign_in import (
    INTERVAL,
    LIFETIME,
    DeviceSignInError,
    StartedDevice,
    UserCodeUnknownError,
)
from sealyard.services.directory.management_sign_in import Asked
from sealyard.services.directory.principal_secrets import NewSecret

if TYPE_CHECKING:
    from directory_setup import DirectorySetup

CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
SCOPE = "https://localhost:5443//.default"


def started(directory: DirectorySetup) -> StartedDevice:
    return asyncio.run(directory.management.devices.start(CLIENT, SCOPE, "198.51.100.7"))


def decide(
    directory: DirectorySetup,
    code: str,
    *,
    name: str = OWNER,
    password: str = OWNER_PASSWORD,
    allow: bool = True,
) -> str:
    devices = directory.management.devices
    return asyncio.run(devices.decide(code, name, password, ADDRESS, allow=allow))


def refusal(directory: DirectorySetup, device_code: str) -> str:
    with pytest.raises(DeviceSignInError) as caught:
        asyncio.run(directory.management.devices.poll(device_code))
    return caught.value.code


def test_a_device_gets_the_rights_of_who_enters_its_code_once(directory: DirectorySetup) -> None:
    device = started(directory)
    typed = device.user_code.replace("-", " ").lower()
    assert decide(directory, typed) == OWNER
    # Another worker completes what this one has begun.
    grant = asyncio.run(directory.second_worker.management.devices.poll(device.device_code))
    assert (grant.client_id, grant.scope) == (CLIENT, SCOPE)
    tokens = asyncio.run(directory.management.complete(grant.evidence, Asked(SCOPE, CLIENT)))
    assert tokens.principal.name == OWNER
    assert tokens.refresh_token is not None
    assert refusal(directory, device.device_code) == "expired_token"


def test_a_device_waits_and_one_that_asks_too_often_is_slowed(directory: DirectorySetup) -> None:
    device = started(directory)
    directory.clock.move(seconds=INTERVAL)
    assert refusal(directory, device.device_code) == "authorization_pending"
    assert refusal(directory, device.device_code) == "slow_down"
    directory.clock.move(seconds=INTERVAL)
    assert refusal(directory, device.device_code) == "authorization_pending"


def test_a_device_that_is_turned_away_is_told_so_once(directory: DirectorySetup) -> None:
    device = started(directory)
    decide(directory, device.user_code, allow=False)
    assert refusal(directory, device.device_code) == "access_denied"
    assert refusal(directory, device.device_code) == "expired_token"


def test_a_code_ends_in_time_for_the_device_and_for_the_person(directory: DirectorySetup) -> None:
    device = started(directory)
    directory.clock.move(seconds=LIFETIME.total_seconds())
    with pytest.raises(UserCodeUnknownError):
        decide(directory, device.user_code)
    assert refusal(directory, device.device_code) == "expired_token"
    assert refusal(directory, "x" * 10_000) == "expired_token"


def test_a_code_is_decided_once(directory: DirectorySetup) -> None:
    device = started(directory)
    decide(directory, device.user_code, allow=False)
    with pytest.raises(UserCodeUnknownError):
        decide(directory, device.user_code)
    assert refusal(directory, device.device_code) == "access_denied"


def test_a_wrong_password_says_nothing_about_the_code(directory: DirectorySetup) -> None:
    device = started(directory)
    for code in (device.user_code, "BBBB-BBBB"):
        with pytest.raises(InvalidCredentialsError):
            decide(directory, code, password="wrong password")
    assert refusal(directory, device.device_code) in {"slow_down", "authorization_pending"}


def test_a_service_principal_lets_no_device_in(directory: DirectorySetup) -> None:
    made = asyncio.run(directory.service_principals.create(directory.owner, "builder"))
    secret = asyncio.run(directory.secrets.add(directory.owner, made.app_id, NewSecret()))
    device = started(directory)
    with pytest.raises(AccessError):
        decide(directory, device.user_code, name=made.app_id, password=secret.text)


def test_a_password_changed_in_between_ends_what_was_approved(directory: DirectorySetup) -> None:
    device = started(directory)
    decide(directory, device.user_code)
    asyncio.run(
        directory.own_passwords.change(directory.owner, OWNER_PASSWORD, "a password after that")
    )
    grant = asyncio.run(directory.management.devices.poll(device.device_code))
    with pytest.raises(InvalidTokenError):
        asyncio.run(directory.management.complete(grant.evidence, Asked(SCOPE, CLIENT)))


def test_one_address_does_not_fill_the_table(directory: DirectorySetup) -> None:
    for _ in range(100):
        started(directory)
    with pytest.raises(TooManyRequestsError):
        started(directory)
    asyncio.run(directory.management.devices.start(CLIENT, SCOPE, "203.0.113.9"))


def test_who_let_which_device_in_is_in_the_log_and_no_code_is(directory: DirectorySetup) -> None:
    device = started(directory)
    decide(directory, device.user_code)
    (entry,) = directory.activity("signin.device.approved")
    assert "198.51.100" in repr(entry)
    for secret in (device.device_code, device.user_code, device.user_code.replace("-", "")):
        assert secret not in repr(directory.activity())
