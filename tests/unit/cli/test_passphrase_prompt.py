from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, cast

import pytest

from answers import Answers
from sealyard.cli.passphrase_prompt import PassphrasePrompt, new_passphrases, passphrases
from sealyard.client.surroundings import Surroundings
from sealyard.client.trust.key_errors import (
    PassphraseMissingError,
    PassphraseRefusedError,
    PassphraseSourceError,
)
from sealyard.client.trust.passphrases import KeyLabel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

ROOT = KeyLabel("4c6c56a" + "0" * 57, "root")
REPOSITORY = KeyLabel("bcd6d98" + "0" * 57, "targets", "myregistry.azurecr.io/myimage")
OTHER = KeyLabel("1234567" + "0" * 57, "snapshot", "myregistry.azurecr.io/other")
GOOD = "long enough"
ARTICLE = """\
You are about to create a new root signing key passphrase. This passphrase
will be used to protect the most sensitive key in your signing system. Please
choose a long, complex passphrase and be careful to keep the password and the
key file itself secure and backed up. It is highly recommended that you use a
password manager to generate the passphrase and keep it safe. There will be no
way to recover this key. You can find the key in your config directory.
Enter passphrase for new root key with ID 4c6c56a:
Repeat passphrase for new root key with ID 4c6c56a:
Enter passphrase for new repository key with ID bcd6d98:
Repeat passphrase for new repository key with ID bcd6d98:
"""


class Person:
    """Somebody at a terminal who types ``typed``; ``seen`` is the screen."""

    def __init__(self, typed: Sequence[str]) -> None:
        self._typed = list(typed)
        self.seen: list[str] = []
        self.prompt = PassphrasePrompt(self._read, self.seen.append)

    def _read(self, prompt: str) -> str | None:
        self.seen.append(prompt)
        return self._typed.pop(0) if self._typed else None


def test_new_keys_are_asked_for_as_in_the_article() -> None:
    person = Person([GOOD, GOOD, " another one ", "another one"])
    assert person.prompt.new(ROOT) == GOOD
    assert person.prompt.new(REPOSITORY) == "another one"
    assert "".join(f"{line.rstrip()}\n" for line in person.seen) == ARTICLE


def test_a_choice_that_is_short_or_not_repeated_is_asked_for_again() -> None:
    person = Person(["seven77", GOOD, "something else", GOOD, GOOD])
    assert person.prompt.new(REPOSITORY) == GOOD
    assert person.seen[1] == (
        "Passphrase is too short. Please use a password manager to generate and store a good "
        "random passphrase."
    )
    assert person.seen[4] == "Passphrases do not match. Please retry."


def test_a_person_who_never_chooses_is_given_up() -> None:
    person = Person(["short"] * 100)
    with pytest.raises(PassphraseSourceError, match="maximum number of passphrase attempts"):
        person.prompt.new(REPOSITORY)
    assert len([line for line in person.seen if line.startswith("Enter")]) == 12


def test_a_wrong_answer_is_asked_for_four_times() -> None:
    person = Person(["wrong"] * 9)
    for attempt in range(4):
        person.prompt.existing(REPOSITORY, attempt)
    with pytest.raises(PassphraseRefusedError):
        person.prompt.existing(REPOSITORY, 4)
    asked = "Enter passphrase for repository key with ID bcd6d98: "
    assert person.seen == [asked, *["Passphrase incorrect. Please retry.", asked] * 3]


def test_an_answer_is_tried_for_the_next_key_of_its_kind() -> None:
    person = Person([GOOD, "for the root", "changed"])
    assert person.prompt.existing(REPOSITORY, 0) == GOOD
    assert person.prompt.existing(OTHER, 0) == GOOD
    assert person.prompt.existing(ROOT, 0) == "for the root"
    assert person.prompt.existing(OTHER, 1) == "changed"
    assert len([line for line in person.seen if line.startswith("Enter")]) == 3


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(PassphraseMissingError):
        Person([]).prompt.existing(ROOT, 0)
    with pytest.raises(PassphraseMissingError):
        Person([GOOD]).prompt.new(ROOT)


def test_answers_may_come_from_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n{GOOD}\n"))
    prompt = PassphrasePrompt()
    assert prompt.new(REPOSITORY) == GOOD
    with pytest.raises(PassphraseMissingError):
        prompt.existing(ROOT, 0)
    assert GOOD not in capsys.readouterr().out


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from the keyring of whoever runs them."""
    monkeypatch.setitem(sys.modules, "keyring", cast("ModuleType", None))


def surroundings(folder: Path, **values: str) -> Surroundings:
    return Surroundings(folder, folder, folder, **values)  # type: ignore[arg-type] # texts only


def test_file_variable_and_person_are_asked_in_this_order(tmp_path: Path) -> None:
    file = tmp_path / "passphrases"
    file.write_text("alice=from the file")
    file.chmod(0o600)
    person = Answers(others="from the person")
    around = surroundings(tmp_path, root_passphrase="from the variable")
    source = passphrases(around, file, person)
    alice, bob = KeyLabel("a" * 64, "alice"), KeyLabel("b" * 64, "bob")
    assert [source.existing(key, 0) for key in (alice, ROOT, bob)] == [
        "from the file", "from the variable", "from the person",
    ]  # fmt: skip
    assert person.asked == ["bob"]


def test_a_program_takes_the_persons_place(tmp_path: Path) -> None:
    person = Answers()
    source = passphrases(surroundings(tmp_path, askpass="/bin/echo"), None, person)
    assert source.new(ROOT).startswith("Enter passphrase for new root key")
    assert person.asked == []


def test_a_variable_does_not_choose_the_passphrase_that_replaces_it(tmp_path: Path) -> None:
    person = Answers(others="chosen")
    around = surroundings(tmp_path, root_passphrase="present")
    source = new_passphrases(around, None, None, person)
    assert source.existing(ROOT, 0) == "present"
    assert source.new(ROOT) == "chosen"
    file = tmp_path / "new"
    file.write_text("from the file")
    file.chmod(0o600)
    assert new_passphrases(around, None, file, person).new(ROOT) == "from the file"
