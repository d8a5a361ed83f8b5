"""Role names: the four base roles, and delegations below ``targets``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from sealyard.trust.errors import InvalidRoleNameError

_BASE = ("root", "targets", "snapshot", "timestamp")
_DELEGATION = re.compile(r"targets(?:/[-a-z0-9_]+)+")
_MAX_LENGTH = 255  # notary's database column


@dataclass(frozen=True, slots=True)
class RoleName:
    """A base role, or a delegation such as ``targets/releases``, known to be well formed."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a role's name; raise ``InvalidRoleNameError`` if no such role can exist."""
        if text in _BASE:
            return cls(text)
        if len(text) > _MAX_LENGTH or _DELEGATION.fullmatch(text) is None:
            raise InvalidRoleNameError(text)
        return cls(text)

    @property
    def is_delegation(self) -> bool:
        """Whether the role is below ``targets``."""
        return "/" in self.text

    @property
    def is_targets(self) -> bool:
        """Whether the role's file names targets: ``targets`` itself or a delegation."""
        return self.text.startswith("targets")

    @property
    def parent(self) -> RoleName:
        """The role that declares this delegation; a base role is nobody's delegation."""
        if not self.is_delegation:
            raise InvalidRoleNameError(self.text)
        return RoleName(self.text.rpartition("/")[0])

    @property
    def depth(self) -> int:
        """How many delegations lie above: 0 for the base roles."""
        return self.text.count("/")

    def __str__(self) -> str:
        return self.text


ROOT = RoleName("root")
TARGETS = RoleName("targets")
SNAPSHOT = RoleName("snapshot")
TIMESTAMP = RoleName("timestamp")
