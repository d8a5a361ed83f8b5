"""What a server says is shown, and does nothing to the terminal that shows it."""

from __future__ import annotations

import json

import pytest

from sealyard.client.management.connection import refusal
from sealyard.client.printable import printable, printable_json, printable_lines

HOSTILE = "\x1b]0;owned\x07\x1b[2J\rno\u202egnp.exe\x9b31m\u2066\x00\ud800"


@pytest.mark.parametrize("text", ["", "plain", "grüße, 你好 «signed»", "two  spaces"])
def test_words_of_any_language_stay(text: str) -> None:
    assert printable(text) == text


def test_what_would_act_on_a_terminal_is_written_out() -> None:
    shown = printable(HOSTILE)
    assert shown.isprintable()
    assert shown.startswith(r"\x1b]0;owned\x07\x1b[2J\rno\u202egnp.exe")


def test_line_ends_stay_only_where_lines_are_meant() -> None:
    assert printable("one\ntwo") == r"one\ntwo"
    assert printable_lines("one\n\ttwo\x1b") == "one\n\ttwo\\x1b"


def test_json_means_the_same_and_does_nothing_to_a_terminal() -> None:
    value = {f"a{HOSTILE[:-1]}": f"grüße {HOSTILE}\x7f\U000e0001"}
    shown = printable_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(shown) == value
    assert all(line.isprintable() for line in shown.split("\n"))
    assert "grüße" in shown


def test_a_servers_sentence_is_one_line() -> None:
    said = {"code": "NO\x07", "message": f"no\nSuccessfully signed{HOSTILE[:-1]}"}
    error = refusal(400, json.dumps({"errors": [said]}).encode())
    assert str(error).isprintable()
    assert error.code.isprintable()
