"""Policies in files: the most specific one decides, flags before files, slips are errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.client.errors import TrustFileError
from sealyard.client.trust.policy_file import chosen_policy, read_policies
from sealyard.trust.errors import InvalidPolicyError
from sealyard.trust.policy import PullPolicy

if TYPE_CHECKING:
    from pathlib import Path

GUN = "registry.example/team/app"
TEXT = """
[[policy]]
repository = "*"
signers = ["dave"]

[[policy]]
repository = "registry.example/team/*"
signers = ["alice", "carol"]
require = "all"

[[policy]]
repository = "registry.example/team/app"
signers = ["alice", "carol", "bob"]
require = 2

[[policy]]
repository = "registry.example/open/*"

[[policy]]
repository = "registry.example/crowd/*"
require = 3
"""


def test_the_most_specific_policy_counts(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(TEXT)
    policies = read_policies(path)
    for gun, policy in {
        GUN: PullPolicy.some_of(["alice", "carol", "bob"], 2),
        "registry.example/team/other": PullPolicy.all_of(["alice", "carol"]),
        "registry.example/open/x": PullPolicy.any_signer(),
        "registry.example/crowd/x": PullPolicy.some_of([], 3),
        "elsewhere/x": PullPolicy.any_of(["dave"]),
    }.items():
        assert policies.for_gun(gun) == policy


def test_flags_come_before_a_file_and_that_before_the_usual_one(tmp_path: Path) -> None:
    assert chosen_policy(GUN, tmp_path) == PullPolicy.any_signer()
    (tmp_path / "policy.toml").write_text(TEXT)
    assert chosen_policy(GUN, tmp_path).required == 2
    file = tmp_path / "mine.toml"
    file.write_text('[[policy]]\nrepository = "*"\nsigners = ["eve"]\n')
    assert chosen_policy(GUN, tmp_path, file=file) == PullPolicy.any_of(["eve"])
    names = ["alice", "bob"]
    assert chosen_policy(GUN, tmp_path, file=file, signers=names) == PullPolicy.any_of(names)
    assert chosen_policy(GUN, tmp_path, signers=names, every=True) == PullPolicy.all_of(names)


def test_all_of_nobody_is_a_slip(tmp_path: Path) -> None:
    with pytest.raises(InvalidPolicyError, match="--signer: name them"):
        chosen_policy(GUN, tmp_path, every=True)


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(TrustFileError, match="No such file"):
        chosen_policy(GUN, tmp_path, file=tmp_path / "none.toml")


ENTRY = '[[policy]]\nrepository = "*"\n'


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[policy]",
        "[[policies]]",
        '[[policy]]\nsigners = ["a"]',
        f'{ENTRY}signer = ["a"]',
        f'{ENTRY}signers = "a"',
        f'{ENTRY}require = "all"',
        f'{ENTRY}require = "most"',
        f"{ENTRY}require = -1",
        f'{ENTRY}signers = ["a"]\nrequire = 2',
        f'{ENTRY}signers = ["a"]\nrequire = 0',
        f'{ENTRY}signers = ["releases"]',
        ENTRY + ENTRY,
        '[[policy]]\nrepository = ""',
        '[[policy]]\nrepository = "a*b"',
    ],
)
def test_a_slip_in_a_file_is_never_no_policy(tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.toml").write_text(text)
    with pytest.raises(TrustFileError, match=r"policy\.toml cannot be used"):
        chosen_policy(GUN, tmp_path)
