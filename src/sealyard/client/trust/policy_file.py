"""Policies for pulls as people keep them: ``policy.toml`` beside the profile, or a file of theirs.

::

    [[policy]]
    repository = "registry.example/team/*"  # or one repository in full; the most specific counts
    signers = ["alice", "carol"]            # left out: anybody who may sign there
    require = "all"                         # or "any", or how many of them; left out: "any"

A repository that no policy is about follows docker's rule: any valid trust data will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from sealyard.client.errors import TrustFileError
from sealyard.client.trust.toml_file import read_toml
from sealyard.trust.errors import InvalidPolicyError
from sealyard.trust.pins import covers
from sealyard.trust.policy import PullPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

POLICY_FILE: Final = "policy.toml"


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    repository: str
    signers: list[str] = []
    require: Literal["any", "all"] | int = "any"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    policy: list[_Entry] = []


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies by the pattern of the repositories that they are about."""

    entries: tuple[tuple[str, PullPolicy], ...] = ()

    def for_gun(self, gun: str) -> PullPolicy:
        """Return the policy of ``gun``: that of its name, else of the longest pattern."""
        found = [entry for entry in self.entries if covers(entry[0], gun)]
        if not found:
            return PullPolicy.any_signer()
        return max(found, key=lambda entry: (entry[0] == gun, len(entry[0])))[1]


def read_policies(path: Path) -> Policies:
    """Read a file of policies; raise ``TrustFileError``."""
    found = read_toml(path, _File)
    names = [entry.repository for entry in found.policy]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TrustFileError(path, f"there are two policies for {twice[0]}")
    try:
        return Policies(tuple((entry.repository, _policy(entry)) for entry in found.policy))
    except InvalidPolicyError as error:
        raise TrustFileError(path, str(error)) from error


def chosen_policy(
    gun: str,
    folder: Path,
    *,
    file: Path | None = None,
    signers: Sequence[str] = (),
    every: bool = False,
) -> PullPolicy:
    """Return what a pull from ``gun`` needs.

    What is asked for with ``signers`` (one of them, or ``every`` one) replaces the policy that
    ``file`` has, and that replaces ``policy.toml`` in ``folder``. Raise ``TrustFileError``,
    ``InvalidPolicyError``.
    """
    if signers:
        return PullPolicy.all_of(signers) if every else PullPolicy.any_of(signers)
    if every:
        reason = "--all-signers is about --signer: name them"
        raise InvalidPolicyError(reason)
    usual = folder / POLICY_FILE
    if file is None and not usual.exists():
        return PullPolicy.any_signer()
    return read_policies(file or usual).for_gun(gun)


def _policy(entry: _Entry) -> PullPolicy:
    _check_pattern(entry.repository)
    if entry.require == "all":
        if not entry.signers:
            reason = f"{entry.repository}: all of nobody are wanted; name the signers"
            raise InvalidPolicyError(reason)
        return PullPolicy.all_of(entry.signers)
    if entry.require == "any":
        return PullPolicy.any_of(entry.signers) if entry.signers else PullPolicy.any_signer()
    return PullPolicy.some_of(entry.signers, entry.require)


def _check_pattern(pattern: str) -> None:
    if not pattern or "*" in pattern[:-1]:
        reason = (
            f"{pattern[:300]!r} is no repository: name one in full, or by its beginning and one * "
            "at the end"
        )
        raise InvalidPolicyError(reason)
