"""Anonymous pull: switched on, everybody pulls, on every worker at once, and nothing more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, bearer
from sealyard.access.actions import Action
from sealyard.access.errors import UnauthenticatedError
from sealyard.access.rights import Rights
from sealyard.services.policy.anonymous_pull import AnonymousPullService

if TYPE_CHECKING:
    from directory_setup import DirectorySetup, Worker
    from sealyard.access.caller import Caller

WANTED = Rights(
    frozenset({Action.CATALOG}),
    {"team/app": frozenset({Action.PULL, Action.PUSH, Action.METADATA_READ})},
)


def switch(directory: DirectorySetup, *, on: bool) -> None:
    service = AnonymousPullService(directory.database, directory.clock)
    asyncio.run(service.switch(directory.owner, enabled=on))


def somebody(worker: Worker, authorization: bytes | None = None) -> Caller:
    return asyncio.run(worker.authenticator.caller(authorization, ADDRESS))


def anonymous_token(directory: DirectorySetup) -> bytes:
    standing = asyncio.run(directory.authenticator.standing(None, ADDRESS))
    issued = asyncio.run(directory.tokens.registry_token(standing, WANTED, "localhost"))
    return bearer(issued.token)


def test_it_is_off_at_first(directory: DirectorySetup) -> None:
    for header in (None, anonymous_token(directory)):
        with pytest.raises(UnauthenticatedError):
            somebody(directory, header).require(Action.PULL, "team/app")


def test_everybody_pulls_with_and_without_a_token_and_does_nothing_else(
    directory: DirectorySetup,
) -> None:
    switch(directory, on=True)
    for header in (None, anonymous_token(directory)):
        caller = somebody(directory, header)
        assert caller.is_anonymous
        caller.require(Action.PULL, "team/app")
        for action in set(Action) - {Action.PULL}:
            with pytest.raises(UnauthenticatedError):
                caller.require(action, "team/app")
        with pytest.raises(UnauthenticatedError):
            caller.require(Action.CATALOG)


def test_the_switch_is_seen_by_every_worker_at_once(directory: DirectorySetup) -> None:
    worker = directory.second_worker
    assert not somebody(worker).may(Action.PULL, "team/app")
    switch(directory, on=True)
    assert worker.authenticator.cached(None, ADDRESS) is None
    token = anonymous_token(directory)
    assert somebody(worker, token).may(Action.PULL, "team/app")
    assert somebody(worker).may(Action.PULL, "team/app")
    ready = worker.authenticator.cached(None, ADDRESS)
    assert ready is not None
    assert ready.may(Action.PULL, "team/app")
    switch(directory, on=False)
    assert worker.authenticator.cached(None, ADDRESS) is None
    for header in (None, token):
        assert not somebody(worker, header).may(Action.PULL, "team/app")


def test_a_token_from_before_the_switch_carries_nothing(directory: DirectorySetup) -> None:
    token = anonymous_token(directory)
    switch(directory, on=True)
    caller = somebody(directory, token)
    assert not caller.may(Action.PULL, "team/app")


def test_it_opens_no_management(directory: DirectorySetup) -> None:
    switch(directory, on=True)
    caller = asyncio.run(directory.management_authenticator.caller(None, ADDRESS))
    assert not any(caller.may(action, "team/app") for action in Action)


def test_both_switches_are_in_the_log(directory: DirectorySetup) -> None:
    for on in (True, True, False, False):
        switch(directory, on=on)
    lines = directory.activity("policy.")
    assert [(line.kind, line.detail) for line in lines] == [
        ("policy.disable", {"policy": "anonymous-pull"}),
        ("policy.enable", {"policy": "anonymous-pull"}),
    ]
