"""Instants as Go writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.trust.instants import format_instant, parse_instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2036-11-20T03:08:36.130419571Z", datetime(2036, 11, 20, 3, 8, 36, 130419, UTC)),
        ("2116-01-11T16:58:57.1-08:00", datetime(2116, 1, 12, 0, 58, 57, 100000, UTC)),
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_every_rfc_3339_instant_is_read(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "\uff12026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|calendar|month|is not"):
        parse_instant(text)


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_is_written_is_read_back(moment: datetime) -> None:
    assert parse_instant(format_instant(moment)) == moment


def test_trailing_zeros_are_cut_as_go_does() -> None:
    assert format_instant(datetime(2026, 1, 2, 3, 4, 5, 120000, UTC)) == "2026-01-02T03:04:05.12Z"
    assert format_instant(datetime(2026, 1, 2, 3, 4, 5, 0, UTC)) == "2026-01-02T03:04:05Z"
