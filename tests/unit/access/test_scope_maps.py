"""Scope maps: the grammar of their actions, and what they allow."""

from __future__ import annotations

import pytest

from sealyard.access.actions import Action
from sealyard.access.errors import InvalidNameError
from sealyard.access.rights import Rights
from sealyard.access.scope_maps import (
    MAX_ACTIONS,
    SYSTEM_SCOPE_MAPS,
    WORDS,
    ScopeMapAction,
    parse_actions,
    rights_of,
)


@pytest.mark.parametrize("name", ["app", "team/app", "team/*", "a/b-c/*", "*"])
@pytest.mark.parametrize("word", WORDS)
def test_an_action_is_read_and_written_alike(name: str, word: str) -> None:
    text = f"repositories/{name}/{word}"
    assert str(ScopeMapAction.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "content/read",
        "repositories/content/read",
        "repositories//content/read",
        "repositories/app/content/sign",
        "repositories/app/sign/read",
        "repositories/App/content/read",
        "repositories/app*/content/read",
        "repositories/*/app/content/read",
        "repositories/team*/content/read",
        "repositories/**/content/read",
        "repositories/team/*/*/content/read",
        "repositories/app/content/read/",
        "gateway/edge/config/read",
        "repositories/" + "a" * 600 + "/content/read",
    ],
)
def test_nothing_else_is_an_action(text: str) -> None:
    with pytest.raises(InvalidNameError, match="repositories/<name>/<what>"):
        ScopeMapAction.parse(text)


def test_a_wildcard_is_everything_below_its_path_and_nothing_beside_it() -> None:
    rights = rights_of(parse_actions(["repositories/team/*/content/read"]))
    assert rights.allow(Action.PULL, "team/app")
    assert rights.allow(Action.PULL, "team/deep/app")
    for other in ("team", "teams/app", "other/team/app"):
        assert not rights.allow(Action.PULL, other)
    assert not rights.allow(Action.PUSH, "team/app")


def test_no_token_holds_anything_in_the_registry_itself() -> None:
    every = rights_of(parse_actions([f"repositories/*/{word}" for word in WORDS]))
    assert all(every.allow(action, "any/name") for action in WORDS.values())
    assert not any(every.allow(action) for action in Action)


def test_an_action_is_within_rights_that_hold_wherever_it_does() -> None:
    read = ScopeMapAction.parse
    team = rights_of([read("repositories/team/*/content/read")])
    assert read("repositories/team/app/content/read").is_within(team)
    assert read("repositories/team/a/*/content/read").is_within(team)
    assert not read("repositories/*/content/read").is_within(team)
    assert not read("repositories/team/app/content/write").is_within(team)
    app = Rights(in_repository={"team/app": frozenset({Action.PULL})})
    assert read("repositories/team/app/content/read").is_within(app)
    assert not read("repositories/team/app/*/content/read").is_within(app)
    everywhere = Rights(frozenset({Action.SIGN}))
    assert read("repositories/*/sign/write").is_within(everywhere)


def test_each_action_counts_once_and_there_is_a_bound() -> None:
    assert len(parse_actions(["repositories/app/content/read"] * 3)) == 1
    with pytest.raises(InvalidNameError, match="more than"):
        parse_actions(f"repositories/app{n}/content/read" for n in range(MAX_ACTIONS + 1))


def test_no_map_of_the_system_signs() -> None:
    assert set(SYSTEM_SCOPE_MAPS) == {
        "_repositories_admin",
        "_repositories_pull",
        "_repositories_pull_metadata_read",
        "_repositories_push",
        "_repositories_push_metadata_write",
    }
    for known in SYSTEM_SCOPE_MAPS.values():
        rights = rights_of(known.actions)
        assert rights.allow(Action.PULL, "any/name")
        assert not rights.allow(Action.SIGN, "any/name")
