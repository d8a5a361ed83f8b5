"""What somebody may do: the one place where rights are decided.

``Rights`` are both what an identity's role assignments add up to and what a token was given; a
caller with a token may do what both of them allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sealyard.access.actions import Action
    from sealyard.access.assignments import Assignment

_NOTHING: Final[frozenset[Action]] = frozenset()


@dataclass(frozen=True, slots=True)
class Rights:
    """Actions allowed in the registry and all its repositories, and those in single ones."""

    everywhere: frozenset[Action] = _NOTHING
    in_repository: Mapping[str, frozenset[Action]] = field(default_factory=dict)

    @classmethod
    def of(cls, assignments: Iterable[Assignment]) -> Self:
        """Add up what ``assignments`` (all of one principal) allow."""
        everywhere: set[Action] = set()
        single: dict[str, frozenset[Action]] = {}
        for assignment in assignments:
            repository = assignment.scope.repository
            if repository is None:
                everywhere |= assignment.role.actions
            else:
                single[repository] = single.get(repository, _NOTHING) | assignment.role.actions
        return cls(frozenset(everywhere), single)

    def allow(self, action: Action, repository: str | None = None) -> bool:
        """Decide whether ``action`` may be done in ``repository`` (without one: the registry)."""
        if action in self.everywhere:
            return True
        return repository is not None and action in self.in_repository.get(repository, _NOTHING)

    def actions_in(self, repository: str | None) -> frozenset[Action]:
        """Return every action allowed in ``repository``, or, without one, in the registry."""
        if repository is None:
            return self.everywhere
        return self.everywhere | self.in_repository.get(repository, _NOTHING)


NOTHING: Final = Rights()
