"""Scopes of role assignments: this registry or one repository of it, and nothing else."""

from __future__ import annotations

import pytest

from sealyard.access.assignments import AssignmentScope
from sealyard.access.errors import InvalidScopeError

REGISTRY = (
    "/subscriptions/s/resourceGroups/sealyard/providers/Microsoft.ContainerRegistry"
    "/registries/myregistry"
)


@pytest.mark.parametrize("text", [REGISTRY, REGISTRY.lower(), REGISTRY.upper(), REGISTRY + "/"])
def test_the_registry_is_named_by_its_resource_id_in_any_case(text: str) -> None:
    assert AssignmentScope.parse(text, REGISTRY) == AssignmentScope(None)


def test_a_repository_is_below_the_registry() -> None:
    scope = AssignmentScope.parse(REGISTRY.lower() + "/Repositories/team/app", REGISTRY)
    assert scope == AssignmentScope("team/app")
    assert scope.resource_id(REGISTRY) == REGISTRY + "/repositories/team/app"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "/subscriptions/s",
        REGISTRY + "x",
        REGISTRY + "/repositories/",
        REGISTRY + "/repositories/App",
        REGISTRY + "/repositories/a/../b",
        REGISTRY + "/tags/x",
        "/" * 100_000,
        "/x" * 100_000,
    ],
)
def test_nothing_else_is_a_scope(text: str) -> None:
    with pytest.raises(InvalidScopeError):
        AssignmentScope.parse(text, REGISTRY)
