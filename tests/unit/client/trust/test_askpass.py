from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sealyard.client.trust.askpass import Askpass
from sealyard.client.trust.key_errors import (
    PassphraseMissingError,
    PassphraseRefusedError,
    PassphraseSourceError,
)
from sealyard.client.trust.passphrases import KeyLabel

if TYPE_CHECKING:
    from pathlib import Path

ALICE = KeyLabel("7047b94" + "0" * 57, "alice")


def program(folder: Path, script: str) -> str:
    path = folder / "askpass"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def test_the_program_is_given_the_prompt_as_its_one_argument(tmp_path: Path) -> None:
    askpass = Askpass(program(tmp_path, 'echo "$#: $1"'))
    assert askpass.existing(ALICE, 0) == "1: Enter passphrase for alice key with ID 7047b94: "
    assert askpass.existing(ALICE, 1).startswith("1: Passphrase incorrect. Enter passphrase for")
    assert askpass.new(ALICE) == "1: Enter passphrase for new alice key with ID 7047b94: "


def test_only_the_end_of_the_line_is_taken_off(tmp_path: Path) -> None:
    assert Askpass(program(tmp_path, "printf ' a b \\n'")).new(ALICE) == " a b "


def test_a_wrong_answer_is_asked_for_three_times(tmp_path: Path) -> None:
    askpass = Askpass(program(tmp_path, "echo wrong"))
    assert [askpass.existing(ALICE, attempt) for attempt in range(3)] == ["wrong"] * 3
    with pytest.raises(PassphraseRefusedError):
        askpass.existing(ALICE, 3)


@pytest.mark.parametrize("script", ["exit 1", "echo secret; exit 3", "echo"])
def test_a_program_that_fails_has_no_answer(tmp_path: Path, script: str) -> None:
    with pytest.raises(PassphraseMissingError) as caught:
        Askpass(program(tmp_path, script)).new(ALICE)
    assert "secret" not in str(caught.value)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PassphraseSourceError, match="nowhere"):
        Askpass(str(tmp_path / "nowhere")).new(ALICE)


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    askpass = Askpass(program(tmp_path, "exec tail -f /dev/null"), patience=0.1)
    with pytest.raises(PassphraseSourceError, match="within"):
        askpass.new(ALICE)


def test_a_program_that_talks_without_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(PassphraseSourceError, match="4096 bytes"):
        Askpass(program(tmp_path, "exec yes")).new(ALICE)
