"""Canonical JSON: one meaning, one form, and the form in which Go writes it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.trust.canonical import (
    LARGEST_INTEGER,
    InexpressibleError,
    canonical,
    decode,
    holds_controls,
    sorted_json,
    wire,
)

NESTING = 20
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_the_wire_form_is_read_back_as_the_same_value(value: object) -> None:
    assert decode(wire(value), NESTING) == value


@given(VALUES)
def test_order_and_spelling_do_not_matter(value: object) -> None:
    spelled = json.dumps(value, indent=1, ensure_ascii=True).encode()
    assert canonical(decode(spelled, NESTING)) == canonical(value)


@given(VALUES)
def test_the_canonical_form_escapes_only_what_it_must(value: object) -> None:
    def write(part: object) -> str:
        if isinstance(part, dict):
            names = sorted(part, key=str.encode)
            return "{" + ",".join(f"{write(name)}:{write(part[name])}" for name in names) + "}"
        if isinstance(part, list):
            return "[" + ",".join(map(write, part)) + "]"
        if isinstance(part, str):
            return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return json.dumps(part)

    assert canonical(value) == write(value).encode()


def test_the_wire_form_escapes_as_go_does() -> None:
    name = 'a<b>&"c\\d \u2028\u2029é\x01\n'
    assert wire([name]).decode() == r'["a\u003cb\u003e\u0026\"c\\d \u2028\u2029é\u0001\n"]'
    assert canonical([name]) == b'["a<b>&\\"c\\\\d \xe2\x80\xa8\xe2\x80\xa9\xc3\xa9\x01\n"]'


@pytest.mark.parametrize(
    ("text", "held"), [("plain", False), ("a\\nb\\u0001", False), ("a\nb", True), ("\x1f", True)]
)
def test_control_characters_are_noticed(text: str, *, held: bool) -> None:
    assert holds_controls(sorted_json([text])) is held


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b"1.0",
        b"1e3",
        b"[1.5]",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"9007199254740993",
        b"-9007199254740993",
        b"1" * 5000,
        b'"\\ud800"',
        b'"\xff"',
        b'"a\nb"',
        b"\xef\xbb\xbf{}",
        b'"\x00"',
        b"[1,]",
        b"",
        b"[" * 50 + b"]" * 50,
        b"[" * 100_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
    ],
)
def test_json_with_more_than_one_meaning_is_refused(text: bytes) -> None:
    with pytest.raises(InexpressibleError):
        decode(text, NESTING)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        value = decode(text, NESTING)
    except InexpressibleError:
        return
    assert decode(wire(value), NESTING) == value
