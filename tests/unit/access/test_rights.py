"""Rights and callers: one place decides, and a refusal says what is missing."""

from __future__ import annotations

import pytest

from sealyard.access.actions import PHRASES, Action
from sealyard.access.assignments import Assignment, AssignmentScope
from sealyard.access.caller import Caller
from sealyard.access.errors import DeniedError, InsufficientScopeError, UnauthenticatedError
from sealyard.access.principals import Principal, PrincipalKind
from sealyard.access.rights import Rights
from sealyard.access.roles import role

ALICE = Principal("0" * 8 + "-0000-0000-0000-" + "0" * 12, "alice@example.com", PrincipalKind.USER)


def _rights(*held: tuple[str, str | None]) -> Rights:
    return Rights.of(
        Assignment(ALICE.object_id, role(name), AssignmentScope(repository))
        for name, repository in held
    )


def _caller(rights: Rights, access: Rights | None = None) -> Caller:
    return Caller(ALICE, "127.0.0.1", rights, access)


def test_a_role_in_the_registry_holds_in_every_repository() -> None:
    rights = _rights(("AcrPush", None))
    assert rights.allow(Action.PUSH, "any/app")
    assert not rights.allow(Action.DELETE, "any/app")


def test_what_is_allowed_under_a_prefix_holds_in_its_repositories_and_not_in_the_registry() -> None:
    rights = Rights(under={"team/": frozenset({Action.PULL}), "": frozenset({Action.PUSH})})
    assert rights.allow(Action.PULL, "team/app")
    assert rights.actions_in("team/app") == {Action.PULL, Action.PUSH}
    for elsewhere in ("team", "teams/app", None):
        assert not rights.allow(Action.PULL, elsewhere)
    assert not rights.allow(Action.PUSH)
    assert rights.actions_in(None) == frozenset()


def test_a_role_in_one_repository_holds_in_no_other() -> None:
    rights = _rights(("AcrPush", "team/app"))
    assert rights.allow(Action.PUSH, "team/app")
    for elsewhere in ("team", "team/ap", "team/app2", "other/app", None):
        assert not rights.allow(Action.PUSH, elsewhere)


def test_roles_add_up() -> None:
    rights = _rights(("AcrImageSigner", None), ("AcrPush", "app"), ("AcrDelete", "app"))
    assert rights.actions_in("app") == {
        Action.SIGN,
        Action.PUSH,
        Action.PULL,
        Action.DELETE,
        Action.METADATA_READ,
        Action.CATALOG,
    }
    assert rights.actions_in("other") == {Action.SIGN}


def test_an_owner_of_one_repository_does_not_own_the_registry() -> None:
    rights = _rights(("Owner", "app"))
    assert rights.allow(Action.ROLES_WRITE, "app")
    assert not rights.allow(Action.ROLES_WRITE)
    assert not rights.allow(Action.DIRECTORY_WRITE)


def test_nobody_signed_in_is_told_to_sign_in() -> None:
    caller = Caller.anonymous("127.0.0.1")
    with pytest.raises(UnauthenticatedError):
        caller.require(Action.PULL, "app")
    assert not caller.may(Action.PULL, "app")


def test_an_owner_who_signs_is_told_which_role_is_missing() -> None:
    with pytest.raises(DeniedError, match="AcrImageSigner") as caught:
        _caller(_rights(("Owner", None))).require(Action.SIGN, "app")
    assert caught.value.roles == ("AcrImageSigner",)
    assert str(caught.value).startswith("alice@example.com may not sign images of repository app")


def test_a_token_gives_no_more_than_it_was_asked_for() -> None:
    caller = _caller(
        _rights(("AcrPush", None)), Rights(frozenset(), {"a": frozenset({Action.PULL})})
    )
    caller.require(Action.PULL, "a")
    for action, repository in ((Action.PUSH, "a"), (Action.PULL, "b")):
        with pytest.raises(InsufficientScopeError):
            caller.require(action, repository)


def test_a_token_gives_no_more_than_the_identity_holds_now() -> None:
    caller = _caller(
        _rights(("AcrPull", None)), Rights(frozenset(), {"a": frozenset({Action.PUSH})})
    )
    with pytest.raises(DeniedError):
        caller.require(Action.PUSH, "a")


def test_what_an_identity_holds_does_not_depend_on_its_token() -> None:
    caller = _caller(_rights(("AcrPull", "a")), Rights(frozenset({Action.CATALOG})))
    assert caller.holds(Action.PULL, "a")
    assert not caller.may(Action.PULL, "a")


def test_a_caller_elsewhere_is_the_same_caller() -> None:
    caller = _caller(_rights(("AcrPull", None)))
    assert caller.at("127.0.0.1") is caller
    assert caller.at("10.0.0.1").address == "10.0.0.1"


def test_every_action_has_its_phrase() -> None:
    assert PHRASES.keys() == set(Action)
