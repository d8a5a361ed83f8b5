"""Files made to break a reader: every one is read or refused as trust data, in bounded time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealyard.trust.errors import MetadataFormatError
from sealyard.trust.limits import TrustLimits
from sealyard.trust.signed_file import parse_root, parse_snapshot, parse_targets, parse_timestamp

LIMITS = TrustLimits()
SAMPLE = Path(__file__).parents[2] / "data" / "trust" / "docker-trust-signers"
FILES = {
    role: (SAMPLE / f"{role}.json").read_bytes()
    for role in ("root", "targets", "snapshot", "timestamp")
}


def read(role: str, raw: bytes) -> None:
    try:
        if role == "root":
            parse_root(raw, LIMITS)
        elif role == "snapshot":
            parse_snapshot(raw, LIMITS)
        elif role == "timestamp":
            parse_timestamp(raw, LIMITS)
        else:
            parse_targets(raw, role, LIMITS)
    except MetadataFormatError:
        pass


def with_custom(custom: bytes) -> bytes:
    raw = FILES["targets"]
    changed = raw.replace(b'"length":523', b'"custom":' + custom + b',"length":523', 1)
    assert changed != raw
    return changed


@pytest.mark.parametrize(
    "custom",
    [
        b"[" * depth + b"]" * depth
        for depth in (10, 31, 33, 100, 300, 500, 700, 900, 950, 990, 999, 1500, 20_000)
    ]
    + [b'{"a":' * depth + b"1" + b"}" * depth for depth in (300, 900, 990, 5000)]
    + [
        b"1" * 400,
        b"-" + b"9" * 4299,
        b"9" * 4301,
        b"9" * 100_000,
        b"1e400",
        b"1e-400",
        b"-0",
        b"-0.0",
        b"1E5",
        b'"\\ud800"',
        b'"\\u0000"',
        b'{"a":1,"a":2}',
        b'{"\\u0061":1,"a":2}',
        b"NaN",
    ],
    ids=lambda custom: f"{custom[:12].decode()}-{len(custom)}",
)
def test_nasty_custom_data_is_read_or_refused(custom: bytes) -> None:
    read("targets", with_custom(custom))


@settings(max_examples=300, deadline=None)
@given(
    role=st.sampled_from(sorted(FILES)),
    position=st.integers(0, 3000),
    cut=st.integers(0, 12),
    put=st.binary(max_size=8)
    | st.sampled_from([b"null", b"[]", b"{}", b"1.5", b'""', b"-1", b"1e9", b"9" * 20, b'{"a":1}']),
)
def test_a_file_with_a_piece_replaced_is_read_or_refused(
    role: str, position: int, cut: int, put: bytes
) -> None:
    raw = FILES[role]
    start = position % len(raw)
    read(role, raw[:start] + put + raw[start + cut :])


VALUE = re.compile(rb':("[^"]*"|-?\d+|\[[^\[\]]*\]|\{[^{}]*\}|true|false|null)')


@settings(max_examples=300, deadline=None)
@given(
    role=st.sampled_from(sorted(FILES)),
    which=st.integers(0, 200),
    value=st.sampled_from(
        [
            b"null",
            b"[]",
            b"{}",
            b"0",
            b"-5",
            b"1.5",
            b'"x"',
            b"true",
            b"[[]]",
            b'{"a":{}}',
            b"9" * 18,
        ]
    ),
)
def test_a_file_with_a_value_of_another_type_is_read_or_refused(
    role: str, which: int, value: bytes
) -> None:
    matches = list(VALUE.finditer(FILES[role]))
    match = matches[which % len(matches)]
    read(role, FILES[role][: match.start(1)] + value + FILES[role][match.end(1) :])
