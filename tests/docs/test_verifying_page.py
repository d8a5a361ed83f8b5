"""The files that the page on verifying shows are files that the client understands."""

from __future__ import annotations

import re
from pathlib import Path

from sealyard.client.trust.pin_store import read_pins
from sealyard.client.trust.policy_file import read_policies
from sealyard.trust.policy import PullPolicy

PAGE = Path(__file__).parents[2] / "docs" / "verifying.md"


def test_the_examples_are_read_as_they_stand(tmp_path: Path) -> None:
    pins, policies = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "example.toml"
    file.write_text(pins)
    read = read_pins(file)
    assert not read.tofu
    assert [pin.pattern for pin in read.entries] == [
        "registry.example/team/*",
        "registry.example/base/debian",
    ]
    file.write_text(policies)
    found = read_policies(file)
    assert found.for_gun("registry.example/team/app") == PullPolicy.all_of(["alice", "carol"])
    assert found.for_gun("registry.example/x").required == 2
    assert found.for_gun("elsewhere/x") == PullPolicy.some_of([], 1)
