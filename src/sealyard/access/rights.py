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
    """Actions allowed in the registry and all its repositories, and those in single ones.

    ``under`` holds the actions allowed in all repositories whose name begins with a prefix, which
    is empty (every repository, but not the registry itself) or ends with a slash.
    """

    everywhere: frozenset[Action] = _NOTHING
    in_repository: Mapping[str, frozenset[Action]] = field(default_factory=dict)
    under: Mapping[str, frozenset[Action]] = field(default_factory=dict)

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
        if repository is None:
            return False
        return action in self.in_repository.get(repository, _NOTHING) or any(
            action in actions and repository.startswith(prefix)
            for prefix, actions in self.under.items()
        )

    def actions_in(self, repository: str | None) -> frozenset[Action]:
        """Return every action allowed in ``repository``, or, without one, in the registry."""
        if repository is None:
            return self.everywhere
        inherited = (
            actions for prefix, actions in self.under.items() if repository.startswith(prefix)
        )
        return self.everywhere.union(self.in_repository.get(repository, _NOTHING), *inherited)


NOTHING: Final = Rights()
