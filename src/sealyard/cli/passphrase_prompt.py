"""Asking for passphrases, with docker's words; and in which order whom."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Final

from sealyard.client.printable import printable
from sealyard.client.trust.askpass import Askpass
from sealyard.client.trust.key_errors import (
    PassphraseMissingError,
    PassphraseRefusedError,
    PassphraseSourceError,
)
from sealyard.client.trust.keyring_store import system_keyring
from sealyard.client.trust.passphrase_file import PassphraseFile
from sealyard.client.trust.passphrases import Chained, DockerVariables, Passphrases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sealyard.client.surroundings import Surroundings
    from sealyard.client.trust.passphrases import KeyLabel

SHORTEST: Final = 8  # characters, as docker asks for
_WRONG_ANSWERS: Final = 4  # docker asks that often for a key that is there,
_REFUSED_CHOICES: Final = 12  # and that often for a new one
_MAX_LINE: Final = 4096
_ROOT_KEY_WARNING: Final = """\
You are about to create a new root signing key passphrase. This passphrase
will be used to protect the most sensitive key in your signing system. Please
choose a long, complex passphrase and be careful to keep the password and the
key file itself secure and backed up. It is highly recommended that you use a
password manager to generate the passphrase and keep it safe. There will be no
way to recover this key. You can find the key in your config directory.
"""


def _read(prompt: str) -> str | None:
    """Ask at the terminal without echo, or take a line from whoever feeds standard input."""
    prompt = printable(prompt)
    try:
        if sys.stdin.isatty():
            return getpass.getpass(prompt)
        print(prompt, end="", flush=True)
        line = sys.stdin.readline(_MAX_LINE)
        print()
    except EOFError:
        return None
    return line or None


class PassphrasePrompt:
    """A person at a terminal. What opened one key is tried for the next one of its kind."""

    def __init__(
        self, read: Callable[[str], str | None] = _read, say: Callable[[str], None] = print
    ) -> None:
        self._read = read
        self._say = say
        self._by_kind: dict[str, str] = {}

    def existing(self, key: KeyLabel, attempt: int) -> str:
        """Ask, four times at most; raise ``PassphraseRefusedError`` then."""
        if attempt == 0 and key.kind in self._by_kind:
            return self._by_kind[key.kind]
        if attempt >= _WRONG_ANSWERS:
            raise PassphraseRefusedError(key, "the prompt")
        if attempt:
            self._say("Passphrase incorrect. Please retry.")
        self._by_kind[key.kind] = self._answer(key, f"Enter passphrase for {key.shown}: ")
        return self._by_kind[key.kind]

    def new(self, key: KeyLabel) -> str:
        """Ask twice, until both answers are the same and long enough."""
        if key.role == "root":
            self._say(_ROOT_KEY_WARNING.rstrip())
        for _ in range(_REFUSED_CHOICES):
            chosen = self._answer(key, f"Enter passphrase for new {key.shown}: ")
            if len(chosen) < SHORTEST:
                self._say(
                    "Passphrase is too short. Please use a password manager to generate and "
                    "store a good random passphrase."
                )
            elif self._answer(key, f"Repeat passphrase for new {key.shown}: ") != chosen:
                self._say("Passphrases do not match. Please retry.")
            else:
                return chosen
        reason = "maximum number of passphrase attempts exceeded"
        raise PassphraseSourceError(key, "the prompt", reason)

    def _answer(self, key: KeyLabel, prompt: str) -> str:
        answer = self._read(prompt)
        if answer is None:
            raise PassphraseMissingError(key)
        return answer.strip()


def passphrases(
    surroundings: Surroundings, file: Path | None, prompt: Passphrases | None = None
) -> Passphrases:
    """Return who answers for keys: a file, docker's variables, the keyring, a program or a person.

    A program, where one is named, takes the person's place.
    """
    variables = DockerVariables(surroundings.root_passphrase, surroundings.repository_passphrase)
    sources: list[Passphrases] = [PassphraseFile(file)] if file is not None else []
    sources.append(variables)
    keyring = system_keyring()
    if keyring is not None:
        sources.append(keyring)
    if surroundings.askpass:
        return Chained([*sources, Askpass(surroundings.askpass)])
    return Chained([*sources, prompt or PassphrasePrompt()])


class _Relocking:
    """Answers of one source for locked keys, and of another for what they are locked with."""

    def __init__(self, existing: Passphrases, new: Passphrases) -> None:
        self._existing = existing
        self._new = new

    def existing(self, key: KeyLabel, attempt: int) -> str:
        return self._existing.existing(key, attempt)

    def new(self, key: KeyLabel) -> str:
        try:
            return self._new.new(key)
        except PassphraseMissingError as error:
            raise PassphraseMissingError(key, replacing=True) from error


def new_passphrases(
    surroundings: Surroundings,
    file: Path | None,
    new_file: Path | None,
    prompt: Passphrases | None = None,
) -> Passphrases:
    """Return who answers when a passphrase changes: docker's variables hold the present one."""
    person: Passphrases = prompt or PassphrasePrompt()
    if surroundings.askpass:
        person = Askpass(surroundings.askpass)
    new = Chained([PassphraseFile(new_file), person]) if new_file is not None else person
    return _Relocking(passphrases(surroundings, file, person), new)
