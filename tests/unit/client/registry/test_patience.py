"""How long a server is waited for, and how much head it may send."""

from __future__ import annotations

import time

import pytest

from sealyard.client.registry.patience import HEAD_BYTES, HeadTooLong, Patience


def test_a_head_is_bounded_however_it_is_cut() -> None:
    patience = Patience()
    patience.allow_head(60)
    assert [patience.counted(HEAD_BYTES // 2) for _ in range(2)] == [HEAD_BYTES // 2] * 2
    with pytest.raises(HeadTooLong, match="more than 64 KiB"):
        patience.counted(1)


def test_a_body_is_not() -> None:
    patience = Patience()
    patience.allow_head(60)
    patience.allow(60, "it does not arrive")
    assert patience.counted(HEAD_BYTES * 100) == HEAD_BYTES * 100


def test_the_earliest_of_all_ends_counts() -> None:
    patience, now = Patience(), time.monotonic()
    patience.until(now + 30)
    patience.allow_head(60, now + 20)
    assert patience.left() <= 20
    patience.allow_head(60, now + 40)
    assert 20 < patience.left() <= 30
    patience.allow_head(60, now - 1)
    with pytest.raises(TimeoutError):
        patience.left()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(60, "no answer in 60 s"), (0.4, "no answer in time"), (-3, "no answer in time")],
)
def test_what_took_too_long_is_said_in_words_that_make_sense(seconds: float, words: str) -> None:
    patience = Patience()
    patience.allow(seconds, "no answer")
    assert patience.complaint() == words
