"""Scoped tokens: who may make them, what they may do, and how soon they end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from directory_setup import ADDRESS, START, basic, bearer
from sealyard.access.actions import Action
from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import (
    DeniedError,
    GrantTooWideError,
    InvalidCredentialsError,
    InvalidNameError,
    InvalidTokenError,
)
from sealyard.access.principals import PrincipalKind
from sealyard.access.rights import Rights
from sealyard.errors import ConflictError, DirectoryObjectUnknownError, TooManyRequestsError
from sealyard.services.directory.registry_accounts import NameTakenError
from sealyard.services.directory.scope_maps import ScopeMapService
from sealyard.services.directory.scoped_tokens import ScopedTokenService, TokenChange

if TYPE_CHECKING:
    from directory_setup import DirectorySetup, Worker
    from sealyard.access.caller import Caller

SIGNING = [f"repositories/team/*/{word}" for word in ("content/read", "content/write")] + [
    "repositories/team/*/sign/write"
]
PUSHING = SIGNING[:2]


class Tokens:
    """Both services, and a caller for each role."""

    def __init__(self, directory: DirectorySetup) -> None:
        self.directory = directory
        self.maps = ScopeMapService(directory.database, directory.clock)
        self.tokens = ScopedTokenService(directory.database, directory.clock)

    def who(self, name: str, *roles: str) -> Caller:
        """Make a user who holds ``roles``."""
        directory, user = self.directory, f"{name}@example.com"
        asyncio.run(directory.users.create(directory.owner, user, password="a long password"))
        for role in roles:
            scope = AssignmentScope()
            asyncio.run(
                directory.roles.create(directory.owner, assignee=user, role=role, scope=scope)
            )
        return directory.caller(user)

    def map(self, actions: list[str], name: str = "build", by: Caller | None = None) -> None:
        asyncio.run(self.maps.put(by or self.directory.owner, name, "", actions))

    def token(self, scope_map: str = "build", name: str = "robot", by: Caller | None = None) -> str:
        """Make a token; return its first password."""
        caller = by or self.directory.owner
        asyncio.run(self.tokens.put(caller, name, scope_map))
        _, made = asyncio.run(self.tokens.generate(caller, name))
        assert [one.credential.display_name for one in made] == ["password1", "password2"]
        return made[0].text

    def change(self, wanted: TokenChange, name: str = "robot", by: Caller | None = None) -> None:
        asyncio.run(self.tokens.change(by or self.directory.owner, name, wanted))


@pytest.fixture
def made(directory: DirectorySetup) -> Tokens:
    return Tokens(directory)


def signed_in(worker: Worker, name: str, password: str) -> Caller:
    return asyncio.run(worker.authenticator.caller(basic(name, password), ADDRESS))


def test_a_token_may_do_what_its_map_says_and_is_told_what_it_lacks(made: Tokens) -> None:
    made.map(PUSHING)
    robot = signed_in(made.directory, "ROBOT", made.token())
    assert (robot.principal.name, robot.principal.kind) == ("robot", PrincipalKind.SCOPED_TOKEN)
    robot.require(Action.PUSH, "team/app")
    with pytest.raises(DeniedError, match="no repositories/team/app/sign/write"):
        robot.require(Action.SIGN, "team/app")
    with pytest.raises(DeniedError, match="no repositories/other/content/read"):
        robot.require(Action.PULL, "other")
    with pytest.raises(DeniedError, match="for repositories alone"):
        robot.require(Action.CATALOG)


def test_a_token_with_the_added_action_signs(made: Tokens) -> None:
    made.map(SIGNING)
    robot = signed_in(made.directory, "robot", made.token())
    robot.require(Action.SIGN, "team/app")


def test_a_changed_map_holds_for_registry_tokens_that_are_out_on_every_worker(
    made: Tokens,
) -> None:
    made.map(SIGNING)
    password, directory = made.token(), made.directory
    header = basic("robot", password)
    standing = asyncio.run(directory.authenticator.standing(header, ADDRESS))
    asked = Rights(in_repository={"team/app": frozenset({Action.PULL, Action.SIGN})})
    issued = asyncio.run(directory.tokens.registry_token(standing, asked, "localhost"))
    worker = directory.second_worker
    held = asyncio.run(worker.authenticator.caller(bearer(issued.token), ADDRESS))
    held.require(Action.SIGN, "team/app")
    made.map(PUSHING)
    assert worker.authenticator.cached(bearer(issued.token), ADDRESS) is None
    held = asyncio.run(worker.authenticator.caller(bearer(issued.token), ADDRESS))
    held.require(Action.PULL, "team/app")
    with pytest.raises(DeniedError):
        held.require(Action.SIGN, "team/app")
    made.change(TokenChange(enabled=False))
    with pytest.raises(InvalidTokenError):
        asyncio.run(worker.authenticator.caller(bearer(issued.token), ADDRESS))
    made.change(TokenChange(enabled=True))
    with pytest.raises(InvalidTokenError):
        asyncio.run(worker.authenticator.caller(bearer(issued.token), ADDRESS))
    signed_in(worker, "robot", password)


@pytest.mark.parametrize("how", ["disabled", "deleted", "password deleted", "renewed"])
def test_a_password_ends_at_once_on_every_worker(made: Tokens, how: str) -> None:
    made.map(PUSHING)
    password, directory = made.token(), made.directory
    worker = directory.second_worker
    signed_in(worker, "robot", password)
    if how == "disabled":
        made.change(TokenChange(enabled=False))
    elif how == "deleted":
        asyncio.run(made.tokens.delete(directory.owner, "robot"))
    elif how == "password deleted":
        made.change(TokenChange(kept={"password2"}))
    else:
        asyncio.run(made.tokens.generate(directory.owner, "robot", ["password1"]))
    with pytest.raises(InvalidCredentialsError):
        signed_in(worker, "robot", password)


def test_one_password_is_replaced_while_the_other_works_on(made: Tokens) -> None:
    made.map(PUSHING)
    made.token()
    owner, end = made.directory.owner, START + timedelta(days=2)
    _, (second,) = asyncio.run(made.tokens.generate(owner, "robot", ["password2"], end))
    _, (first,) = asyncio.run(made.tokens.generate(owner, "robot", ["password1"]))
    for one in (first, second):
        signed_in(made.directory, "robot", one.text)
    shown = asyncio.run(made.tokens.show(owner, "robot"))
    assert [one.expires_at for one in shown.passwords] == [None, end]
    assert all(one.hint == "" for one in shown.passwords)
    made.directory.clock.move(days=2)
    signed_in(made.directory, "robot", first.text)
    with pytest.raises(InvalidCredentialsError):
        signed_in(made.directory, "robot", second.text)


def test_guesses_are_throttled(made: Tokens) -> None:
    made.map(PUSHING)
    password = made.token()
    for _ in range(6):
        with pytest.raises(InvalidCredentialsError):
            signed_in(made.directory, "robot", "a guess")
        made.directory.clock.move(seconds=1)
    with pytest.raises(TooManyRequestsError):
        signed_in(made.directory, "robot", password)


def test_nobody_administers_with_a_token(made: Tokens) -> None:
    made.map(SIGNING)
    password = made.token()
    sign_in = made.directory.sign_in
    with pytest.raises(InvalidCredentialsError):
        asyncio.run(sign_in.with_password("robot", password, ADDRESS))


def test_a_token_and_a_user_never_share_a_name(made: Tokens) -> None:
    made.map(PUSHING)
    made.who("ada-lovelace")
    with pytest.raises(NameTakenError, match="a user signs in as"):
        made.token(name="Ada-Lovelace")
    made.token()
    with pytest.raises(NameTakenError, match="a scoped token signs in as"):
        made.who("robot")
    with pytest.raises(InvalidNameError):
        made.token(name="00000000-0000-0000-0000-000000000000")


def test_a_contributor_makes_tokens_that_push_and_none_that_signs(made: Tokens) -> None:
    carol = made.who("carol", "Contributor")
    made.map(PUSHING, by=carol)
    made.token(by=carol)
    for act in (
        made.maps.put(carol, "signers", "", SIGNING),
        made.maps.change(carol, "build", actions=SIGNING),
    ):
        with pytest.raises(GrantTooWideError, match=r"repositories/team/\*/sign/write"):
            asyncio.run(act)
    made.map(SIGNING, name="signers")
    made.token("signers", "signer")
    made.change(TokenChange(enabled=False), "signer")
    for giving in (
        made.tokens.put(carol, "another", "signers"),
        made.tokens.change(carol, "robot", TokenChange(scope_map="signers")),
        made.tokens.change(carol, "signer", TokenChange(enabled=True)),
        made.tokens.generate(carol, "signer"),
    ):
        with pytest.raises(GrantTooWideError):
            asyncio.run(giving)
    refusals = [line for line in made.directory.activity() if line.outcome == "refused"]
    assert {line.kind for line in refusals} >= {"token.create", "token.password", "scopemap.create"}
    # Taking away is no giving.
    made.change(TokenChange(kept=()), "signer", by=carol)
    made.map(PUSHING, name="signers", by=carol)
    asyncio.run(made.tokens.delete(carol, "signer"))


def test_who_holds_the_right_to_sign_besides_may_give_it(made: Tokens) -> None:
    sam = made.who("sam", "Contributor", "AcrImageSigner")
    made.map(SIGNING, by=sam)
    made.token(by=sam)


def test_a_user_access_administrator_may_give_anything_and_others_manage_nothing(
    made: Tokens,
) -> None:
    made.map(SIGNING, by=made.who("una", "User Access Administrator"))
    for name, role in (("rita", "Reader"), ("pia", "AcrPush"), ("sig", "AcrImageSigner")):
        caller = made.who(name, role)
        with pytest.raises(DeniedError):
            made.map(["repositories/team/app/content/read"], "other", by=caller)
        with pytest.raises(DeniedError):
            made.token(by=caller)
    rita = made.directory.caller("rita@example.com")
    assert asyncio.run(made.maps.show(rita, "BUILD")).actions == tuple(SIGNING)


def test_the_maps_of_the_system_stay_and_maps_in_use_too(made: Tokens) -> None:
    owner = made.directory.owner
    with pytest.raises(ConflictError, match="of the system"):
        made.map(PUSHING, name="_repositories_pull")
    with pytest.raises(ConflictError, match="of the system"):
        asyncio.run(made.maps.delete(owner, "_Repositories_Push"))
    with pytest.raises(InvalidNameError):
        made.map(PUSHING, name="_mine")
    made.token("_repositories_pull", "puller")
    made.map(PUSHING)
    made.token()
    with pytest.raises(ConflictError, match="robot"):
        asyncio.run(made.maps.delete(owner, "build"))
    asyncio.run(made.tokens.delete(owner, "robot"))
    asyncio.run(made.maps.delete(owner, "build"))
    with pytest.raises(DirectoryObjectUnknownError):
        made.token()
    names = [one.name for one in asyncio.run(made.maps.page(owner, "", 10))]
    assert names[0] == "_repositories_admin"
    assert len(names) == 5


def test_every_change_is_in_the_log_and_no_password(made: Tokens) -> None:
    made.map(PUSHING)
    password = made.token()
    asyncio.run(made.tokens.delete(made.directory.owner, "robot"))
    lines = made.directory.activity()
    kinds = [line.kind for line in lines]
    assert {"scopemap.create", "token.create", "token.password", "token.delete"} <= set(kinds)
    assert password not in repr(lines)


@pytest.mark.parametrize("names", [[], ["password3"], ["password1", "password1"]])
def test_there_are_two_passwords_and_no_others(made: Tokens, names: list[str]) -> None:
    made.map(PUSHING)
    made.token()
    with pytest.raises(InvalidNameError):
        asyncio.run(made.tokens.generate(made.directory.owner, "robot", names))
    with pytest.raises(InvalidNameError, match="past"):
        asyncio.run(made.tokens.generate(made.directory.owner, "robot", ["password1"], START))
