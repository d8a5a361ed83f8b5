"""Who answers for a key: docker's variables, a file, a program, the system's keyring, a person.

::

    chained( file ─▶ variables ─▶ keyring ─▶ program ─▶ prompt )

Each either answers, or has no answer (``PassphraseMissingError``) and the next one is asked. One
whose answer was wrong ends the search (``PassphraseRefusedError``): docker does not prompt either
when its variable is wrong, and a pipeline would wait for ever. Only the keyring, whose content may
be outdated, is passed over then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from sealyard.client.trust.key_errors import PassphraseMissingError, PassphraseRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT_VARIABLE: Final = "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"
REPOSITORY_VARIABLE: Final = "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"
BACKUP_ROLE: Final = "backup"  # of the passphrase for a file of all keys; no key of trust data

_SHORT_ID: Final = 7  # characters, as docker's prompts show them
_REPOSITORY_ROLES: Final = frozenset({"targets", "snapshot"})


@dataclass(frozen=True, slots=True)
class KeyLabel:
    """Which key a passphrase is for. ``id`` is empty for a file whose key is not known yet."""

    id: str
    role: str
    gun: str | None = None

    @property
    def kind(self) -> str:
        """What docker calls the key: ``root``, ``repository``, or the name of its signer."""
        return "repository" if self.role in _REPOSITORY_ROLES else self.role or "private"

    @property
    def signer(self) -> str:
        """The signer whose key it is; docker writes ``alice`` and notary ``targets/alice``."""
        return self.role.removeprefix("targets/")

    @property
    def short_id(self) -> str:
        """The id as prompts show it."""
        return self.id[:_SHORT_ID]

    @property
    def shown(self) -> str:
        """The key as docker's prompts name it: ``repository key with ID bcd6d98``."""
        return f"{self.kind} key with ID {self.short_id}" if self.id else f"{self.kind} key"

    @property
    def variable(self) -> str | None:
        """The variable of docker's that holds the passphrase; all but root keys share one."""
        if self.role == BACKUP_ROLE:
            return None
        return ROOT_VARIABLE if self.role == "root" else REPOSITORY_VARIABLE

    def __str__(self) -> str:
        named = f"the {self.kind} key"
        if self.id:
            named += f" {self.id}"
        return f"{named} of {self.gun}" if self.gun else named


class Passphrases(Protocol):
    """Answers for keys. Both methods raise ``PassphraseError``."""

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Return what should open ``key``; ``attempt`` counts from 0, after each wrong answer."""

    def new(self, key: KeyLabel) -> str:
        """Return what ``key``, which was just made or loaded, is to be locked with."""


@dataclass(frozen=True, slots=True)
class DockerVariables:
    """The values of docker's two variables; the one for repositories serves every signer too."""

    root: str | None = field(default=None, repr=False)
    repository: str | None = field(default=None, repr=False)

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Return the variable's value once: docker tries it twice, which changes nothing."""
        value = self.new(key)
        if attempt:
            raise PassphraseRefusedError(key, f"the variable {key.variable}")
        return value

    def new(self, key: KeyLabel) -> str:
        """Return the variable's value, of whatever length, as docker does."""
        value = {ROOT_VARIABLE: self.root, REPOSITORY_VARIABLE: self.repository}.get(
            key.variable or ""
        )
        if not value:
            raise PassphraseMissingError(key)
        return value


class Chained:
    """Several sources, asked in their order; each counts its own attempts."""

    def __init__(self, sources: Sequence[Passphrases]) -> None:
        self._sources = tuple(sources)
        self._answering: dict[KeyLabel, tuple[int, int]] = {}

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Return the first answer that there is, beginning with the source that answered last."""
        start, since = self._answering.get(key, (0, 0)) if attempt else (0, 0)
        for index in range(start, len(self._sources)):
            if index != start:
                since = attempt
            try:
                answer = self._sources[index].existing(key, attempt - since)
            except PassphraseMissingError:
                continue
            self._answering[key] = (index, since)
            return answer
        raise PassphraseMissingError(key)

    def new(self, key: KeyLabel) -> str:
        """Return the first answer that there is."""
        for source in self._sources:
            try:
                return source.new(key)
            except PassphraseMissingError:
                continue
        raise PassphraseMissingError(key)
