"""``docker trust`` by the plugin, started by the real docker.

docker 28 has a ``trust`` of its own, so the plugin is given another name here: how docker asks it
what it is and starts it is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.content import SMALL
from real.processes import run
from real.registry import OWNER_PASSWORD, SEALYARD

if TYPE_CHECKING:
    from collections.abc import Callable

    from real.engine import Docker
    from real.registry import Cli

NAME = "sealtrust"


@pytest.fixture(scope="module")
def person(signers: Cli, new_docker: Callable[[str], Docker]) -> Docker:
    """Give docker with the plugin under the other name, and an image that it signed."""
    del signers
    docker = new_docker("plugin")
    docker.login("admin", OWNER_PASSWORD).ok()
    installed = run([SEALYARD, "docker-plugin", "install"], docker.env).ok()
    assert "which it prefers" in installed.err
    plugins = docker.home / ".docker" / "cli-plugins"
    (plugins / "docker-trust").rename(plugins / f"docker-{NAME}")
    docker.sign(SMALL, "plugin/app:v1").ok()
    return docker


def test_docker_lists_it_among_its_plugins(person: Docker) -> None:
    shown = person("info", "--format", "{{json .ClientInfo.Plugins}}").ok().out
    assert f'"Name":"{NAME}"' in shown
    assert '"Vendor":"Sealyard"' in shown


def test_docker_starts_it_with_its_words(person: Docker) -> None:
    own = person("trust", "inspect", "--pretty", person.name("plugin/app:v1")).ok().out
    ours = person(NAME, "inspect", "--pretty", person.name("plugin/app:v1")).ok().out
    assert ours == own


def test_it_signs_and_revokes_as_dockers_own_did(person: Docker) -> None:
    person.push(SMALL, "plugin/app:v2").ok()
    name = person.name("plugin/app:v2")
    assert f"Successfully signed {name}" in person.trusted(NAME, "sign", name).ok().out
    person.trusted("pull", name).ok()
    person.trusted(NAME, "revoke", name).ok()
    assert "No valid trust data for v2" in person.trusted("pull", name).err


def test_it_ends_with_the_code_and_message_of_the_command(person: Docker) -> None:
    done = person(NAME, "inspect", person.name("plugin/nothing:v1"))
    assert done.code == 1
    assert "no signatures or cannot access" in done.err
