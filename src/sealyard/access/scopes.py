"""Token scopes as docker, notary and az ask for them, and what of it an identity is given.

::

    repository:team/app:pull,push            dockerd, containerd, skopeo
    repository:localhost:5443/team/app:pull  docker trust, notary: the name is host-qualified
    registry:catalog:*                       the list of repositories

A name may hold colons (the port), so a scope is split at its first and its last colon. Both
spellings of a name are one repository. What a caller may not do is left out and not refused, as
the Docker token specification has it ("Requesting a Token"): the registry refuses at the door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sealyard.access.actions import REPOSITORY_ACTIONS, Action
from sealyard.access.assignments import is_repository_name
from sealyard.access.errors import InvalidScopeError
from sealyard.access.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_SCOPES: Final = 64
_MAX_SCOPE_CHARACTERS: Final = 1024
_MAX_ACTIONS: Final = 16
_COLONS_NEEDED: Final = 2

# `sign` is never asked for by name: docker and notary know push and pull only. Clients that sign
# ask through the host-qualified name (see the module's table); `*` is asked by `notary key rotate`.
_ASKABLE: Final = {
    "pull": frozenset({Action.PULL}),
    "push": frozenset({Action.PUSH}),
    "delete": frozenset({Action.DELETE}),
    "sign": frozenset({Action.SIGN}),
    "metadata_read": frozenset({Action.METADATA_READ}),
    "metadata_write": frozenset({Action.METADATA_WRITE}),
    "*": REPOSITORY_ACTIONS,
}


def requested(scopes: Iterable[str], prefixes: Sequence[str]) -> Rights:
    """Read what the ``scopes`` parameters (each a space-separated list) ask for.

    ``prefixes`` are the login servers and other prefixes of host-qualified names, each with its
    slash at the end. Unknown kinds, actions and impossible names ask for nothing. Raise
    ``InvalidScopeError`` for text that is no scope at all, or too much of it.
    """
    registry: frozenset[Action] = frozenset()
    repositories: dict[str, frozenset[Action]] = {}
    for text in _single(scopes):
        kind, name, words = _split(text)
        if kind == "registry" and name == "catalog" and "*" in words:
            registry |= {Action.CATALOG}
        elif kind == "repository":
            repository, actions = _asked(name, words, prefixes)
            if is_repository_name(repository):
                repositories[repository] = repositories.get(repository, frozenset()) | actions
    return Rights(registry, repositories)


def granted(asked: Rights, held: Rights) -> Rights:
    """Return the part of what was ``asked`` that is ``held``."""
    repositories = {
        name: actions & held.actions_in(name) for name, actions in asked.in_repository.items()
    }
    return Rights(
        asked.everywhere & held.everywhere,
        {name: actions for name, actions in repositories.items() if actions},
    )


def _single(scopes: Iterable[str]) -> list[str]:
    single: list[str] = []
    for parameter in scopes:
        if len(parameter) > _MAX_SCOPES * _MAX_SCOPE_CHARACTERS:
            raise InvalidScopeError(parameter[:64], "it is too long")
        single.extend(parameter.split())
    if len(single) > _MAX_SCOPES:
        raise InvalidScopeError(single[0][:64], f"more than {_MAX_SCOPES} were asked for at once")
    return single


def _split(text: str) -> tuple[str, str, list[str]]:
    if len(text) > _MAX_SCOPE_CHARACTERS:
        raise InvalidScopeError(text[:64], "it is too long")
    if text.count(":") < _COLONS_NEEDED:
        raise InvalidScopeError(text, "it has to look like repository:<name>:<actions>")
    kind, _, rest = text.partition(":")
    name, _, actions = rest.rpartition(":")
    return kind.partition("(")[0], name, actions.split(",", _MAX_ACTIONS)[:_MAX_ACTIONS]


def _asked(
    name: str, words: Sequence[str], prefixes: Sequence[str]
) -> tuple[str, frozenset[Action]]:
    actions: frozenset[Action] = frozenset()
    for word in words:
        actions |= _ASKABLE.get(word, frozenset())
    for prefix in prefixes:
        if name.lower().startswith(prefix.lower()):
            signs = Action.PUSH in actions
            return name[len(prefix) :], actions | ({Action.SIGN} if signs else frozenset())
    return name, actions
