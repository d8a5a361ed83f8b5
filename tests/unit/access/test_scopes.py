"""Token scopes: docker's, notary's and az's spellings, and nothing beyond what is held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.access.actions import REPOSITORY_ACTIONS, Action
from sealyard.access.errors import InvalidScopeError
from sealyard.access.rights import Rights
from sealyard.access.scopes import granted, requested

PREFIXES = ("localhost:5443/", "registry.example.com/")
PUSH_PULL = {Action.PUSH, Action.PULL}


def _asked(*scopes: str) -> dict[str, set[Action]]:
    return {
        name: set(actions) for name, actions in requested(scopes, PREFIXES).in_repository.items()
    }


def test_the_daemon_asks_with_the_plain_name() -> None:
    assert _asked("repository:team/app:push,pull") == {"team/app": PUSH_PULL}


def test_a_host_qualified_name_is_the_same_repository() -> None:
    assert _asked("repository:localhost:5443/team/app:pull") == {"team/app": {Action.PULL}}
    assert _asked("repository:registry.example.com/app:pull") == {"app": {Action.PULL}}


def test_push_through_the_host_qualified_name_is_what_signers_ask() -> None:
    assert _asked("repository:localhost:5443/app:push,pull") == {"app": PUSH_PULL | {Action.SIGN}}
    assert Action.SIGN not in _asked("repository:app:push,pull")["app"]


def test_a_star_asks_for_everything_in_the_repository() -> None:
    assert _asked("repository:localhost:5443/app:*") == {"app": set(REPOSITORY_ACTIONS)}


def test_scopes_come_repeated_or_separated_by_spaces() -> None:
    both = {"a": {Action.PULL}, "b": PUSH_PULL}
    assert _asked("repository:a:pull", "repository:b:push,pull") == both
    assert _asked("repository:a:pull repository:b:push,pull") == both


def test_two_scopes_for_one_repository_add_up() -> None:
    assert _asked("repository:a:pull", "repository:localhost:5443/a:delete") == {
        "a": {Action.PULL, Action.DELETE}
    }


def test_the_catalog_is_asked_of_the_registry() -> None:
    assert requested(["registry:catalog:*"], ()).everywhere == {Action.CATALOG}
    assert requested(["registry:other:*"], ()).everywhere == frozenset()


@pytest.mark.parametrize(
    "scope",
    [
        "plugin:app:pull",
        "repository:App:pull",
        "repository::pull",
        "repository:../etc:pull",
        "repository:other.example.com:5443/app:pull",
    ],
)
def test_what_cannot_be_here_asks_for_nothing(scope: str) -> None:
    assert requested([scope], PREFIXES) == Rights()


def test_unknown_actions_ask_for_nothing() -> None:
    assert _asked("repository:app:pull,admin,Push") == {"app": {Action.PULL}}


@pytest.mark.parametrize("scope", ["repository", "repository:app", "x", "repository:" + "a" * 2000])
def test_what_is_no_scope_is_refused(scope: str) -> None:
    with pytest.raises(InvalidScopeError):
        requested([scope], PREFIXES)


def test_too_many_scopes_are_refused() -> None:
    with pytest.raises(InvalidScopeError):
        requested(["repository:a:pull"] * 65, PREFIXES)


def test_only_what_is_held_is_granted() -> None:
    held = Rights(frozenset({Action.PULL}), {"b": frozenset({Action.PUSH})})
    asked = requested(["repository:a:push,pull repository:b:push,pull registry:catalog:*"], ())
    assert granted(asked, held) == Rights(
        frozenset(), {"a": frozenset({Action.PULL}), "b": frozenset(PUSH_PULL)}
    )


def test_a_star_grants_no_more_than_is_held() -> None:
    held = Rights(frozenset({Action.PULL, Action.POLICY_WRITE, Action.ROLES_WRITE}))
    given_access = granted(requested(["repository:a:*"], ()), held)
    assert given_access == Rights(frozenset(), {"a": frozenset({Action.PULL})})


@given(st.lists(st.text(max_size=80), max_size=5))
def test_no_text_asks_for_more_than_repository_actions(scopes: list[str]) -> None:
    try:
        asked = requested(scopes, PREFIXES)
    except InvalidScopeError:
        return
    assert asked.everywhere <= {Action.CATALOG}
    assert all(actions <= REPOSITORY_ACTIONS for actions in asked.in_repository.values())
