from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sealyard.client.docker.errors import PluginInTheWayError
from sealyard.client.docker.plugin import Plugin, metadata

if TYPE_CHECKING:
    from pathlib import Path


def test_what_docker_is_told_has_the_schema_that_it_reads() -> None:
    told = json.loads(metadata())
    assert told["SchemaVersion"] == "0.1.0"
    assert told["Vendor"]


def test_it_is_installed_executable_and_removed_again(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path / "cli-plugins", ["/opt/with space/sealyard"])
    assert not plugin.is_installed()
    plugin.install()
    plugin.install()
    assert plugin.path.stat().st_mode & 0o111 == 0o111
    assert "exec '/opt/with space/sealyard' docker-plugin run \"$@\"" in plugin.path.read_text()
    assert plugin.is_installed()
    assert plugin.uninstall()
    assert not plugin.uninstall()


def test_another_program_of_that_name_is_left_alone(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, ["sealyard"])
    plugin.path.write_text("#!/bin/sh\necho another\n")
    for change in (plugin.install, plugin.uninstall):
        with pytest.raises(PluginInTheWayError, match="not Sealyard's"):
            change()
    assert "another" in plugin.path.read_text()
