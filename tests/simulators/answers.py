"""Somebody who answers for keys, in memory: what was asked is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sealyard.client.trust.key_errors import PassphraseMissingError, PassphraseRefusedError

if TYPE_CHECKING:
    from sealyard.client.trust.passphrases import KeyLabel

PASSPHRASE = "a passphrase of tests"


@dataclass
class Answers:
    """Passphrases by what kind of key they are for; ``others`` serves where none is given.

    ``asked`` are the questions: ``new root``, ``alice``, ``repository`` …
    """

    by_kind: dict[str, str] = field(default_factory=dict)
    others: str | None = PASSPHRASE
    attempts: int = 1
    asked: list[str] = field(default_factory=list)

    def existing(self, key: KeyLabel, attempt: int) -> str:
        self.asked.append(key.kind)
        if attempt >= self.attempts:
            raise PassphraseRefusedError(key, "the test")
        return self._answer(key)

    def new(self, key: KeyLabel) -> str:
        self.asked.append(f"new {key.kind}")
        return self._answer(key)

    def _answer(self, key: KeyLabel) -> str:
        answer = self.by_kind.get(key.kind, self.others)
        if answer is None:
            raise PassphraseMissingError(key)
        return answer
