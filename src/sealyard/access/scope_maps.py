"""Scope maps: what a scoped token may do, in the words of Azure's registry, and signing.

::

    repositories/team/app/content/read     one repository
    repositories/team/*/content/write      every repository whose name begins with team/
    repositories/*/metadata/read           every repository

A wildcard is the whole last segment of the name and nothing else. ``sign/write`` is ours: with it
a token may publish trust data, which in Azure no token can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from sealyard.access.actions import Action
from sealyard.access.assignments import is_repository_name
from sealyard.access.errors import InvalidNameError
from sealyard.access.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable

_START: Final = "repositories/"
_EVERY: Final = "*"
_MAX_CHARACTERS: Final = 512
MAX_ACTIONS: Final = 500

WORDS: Final = {
    "content/read": Action.PULL,
    "content/write": Action.PUSH,
    "content/delete": Action.DELETE,
    "metadata/read": Action.METADATA_READ,
    "metadata/write": Action.METADATA_WRITE,
    "sign/write": Action.SIGN,
}
_WORD_OF: Final = {action: word for word, action in WORDS.items()}


@dataclass(frozen=True, slots=True)
class ScopeMapAction:
    """One action in the repositories that ``pattern`` stands for: a name, ``team/*`` or ``*``."""

    pattern: str
    action: Action

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; raise ``InvalidNameError``."""
        rest, _, verb = text.rpartition("/")
        start, _, noun = rest.rpartition("/")
        action = WORDS.get(f"{noun}/{verb}")
        pattern = start.removeprefix(_START)
        if (
            len(text) > _MAX_CHARACTERS
            or action is None
            or not start.startswith(_START)
            or not _is_pattern(pattern)
        ):
            words = ", ".join(WORDS)
            what = f"action {text[:_MAX_CHARACTERS]!r}"
            reason = (
                "it has to look like repositories/<name>/<what>, where <name> is a repository, "
                f"<path>/* or *, and <what> is one of {words}"
            )
            raise InvalidNameError(what, reason)
        return cls(pattern, action)

    @property
    def prefix(self) -> str | None:
        """How the names of its repositories begin; ``None`` where it is of a single one."""
        return self.pattern[:-1] if self.pattern.endswith(_EVERY) else None

    def is_within(self, rights: Rights) -> bool:
        """Tell whether ``rights`` allow it in every repository that it is about."""
        if self.prefix is None:
            return rights.allow(self.action, self.pattern)
        return self.action in rights.everywhere or any(
            self.action in actions and self.prefix.startswith(prefix)
            for prefix, actions in rights.under.items()
        )

    def __str__(self) -> str:
        return f"{_START}{self.pattern}/{_WORD_OF[self.action]}"


def action_string(action: Action, repository: str) -> str:
    """Return the text that a scope map needs for ``action`` in ``repository``."""
    return str(ScopeMapAction(repository, action))


def parse_actions(texts: Iterable[str]) -> tuple[ScopeMapAction, ...]:
    """Read a map's actions, each once; raise ``InvalidNameError`` for odd or too many ones."""
    found = tuple(dict.fromkeys(ScopeMapAction.parse(text) for text in texts))
    if len(found) > MAX_ACTIONS:
        what, reason = "scope map", f"it has more than {MAX_ACTIONS} actions"
        raise InvalidNameError(what, reason)
    return found


def rights_of(actions: Iterable[ScopeMapAction]) -> Rights:
    """Add up what a token with these actions may do."""
    single: dict[str, frozenset[Action]] = {}
    under: dict[str, frozenset[Action]] = {}
    for one in actions:
        held, key = (single, one.pattern) if one.prefix is None else (under, one.prefix)
        held[key] = held.get(key, frozenset()) | {one.action}
    return Rights(frozenset(), single, under)


def _is_pattern(text: str) -> bool:
    path = text.removesuffix("/" + _EVERY)
    return text == _EVERY or is_repository_name(path)


@dataclass(frozen=True, slots=True)
class SystemScopeMap:
    """A map that is always there and never changes."""

    name: str
    description: str
    actions: tuple[ScopeMapAction, ...]


def _system(name: str, description: str, *words: str) -> SystemScopeMap:
    return SystemScopeMap(
        name, description, tuple(ScopeMapAction(_EVERY, WORDS[word]) for word in words)
    )


_READ: Final = ("content/read",)
_WRITE: Final = ("content/read", "content/write")
SYSTEM_SCOPE_MAPS: Final = {
    known.name: known
    for known in (
        _system(
            "_repositories_admin",
            "Pulls, pushes and deletes everywhere and changes metadata. Does not sign.",
            *_WRITE,
            "content/delete",
            "metadata/read",
            "metadata/write",
        ),
        _system("_repositories_pull", "Pulls from every repository.", *_READ),
        _system(
            "_repositories_pull_metadata_read",
            "Pulls from every repository and reads metadata.",
            *_READ,
            "metadata/read",
        ),
        _system("_repositories_push", "Pushes to and pulls from every repository.", *_WRITE),
        _system(
            "_repositories_push_metadata_write",
            "Pushes to and pulls from every repository, and reads and changes metadata.",
            *_WRITE,
            "metadata/read",
            "metadata/write",
        ),
    )
}
