"""What a running server has in its environment: nothing of its settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from sealyard.serving.launch import launch, received
from sealyard.settings import collect, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

PASSWORD = "correct horse battery"


class ReplacedError(Exception):
    """Stands for the end of a process that another program takes the place of."""


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    seen: list[tuple[list[str], dict[str, str]]] = []

    def execve(_path: str, command: list[str], environment: dict[str, str]) -> Any:  # noqa: ANN401 (it never returns)
        seen.append((command, environment))
        raise ReplacedError

    monkeypatch.setattr(os, "execve", execve)
    return seen


def start(environment: Mapping[str, str]) -> None:
    with pytest.raises(ReplacedError):
        launch(collect({}, environment, None), environment)


def test_settings_leave_the_environment_and_reach_the_server(
    replaced: list[tuple[list[str], dict[str, str]]],
) -> None:
    start({"PATH": "/bin", "SEALYARD_ADMIN_PASSWORD": PASSWORD, "SEALYARD_WORKERS": "3"})
    command, environment = replaced[0]
    assert environment["PATH"] == "/bin"
    assert PASSWORD not in " ".join([*environment.values(), *command])
    assert not any(name.startswith("SEALYARD_") for name in environment)
    settings = settle(received(int(command[-1])))
    assert settings.admin_password == PASSWORD
    assert settings.workers == 3


def test_the_allocators_variables_are_the_operators_where_it_set_them(
    replaced: list[tuple[list[str], dict[str, str]]],
) -> None:
    start({"MALLOC_ARENA_MAX": "7"})
    command, environment = replaced[0]
    os.close(int(command[-1]))
    assert environment["MALLOC_ARENA_MAX"] == "7"
    assert "MALLOC_TRIM_THRESHOLD_" in environment
