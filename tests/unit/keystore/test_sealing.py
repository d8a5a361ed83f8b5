"""Sealed secrets open only with the same key, in the same place, unaltered."""

from __future__ import annotations

import pytest

from sealyard.keystore.sealing import MASTER_KEY_BYTES, SealBrokenError, Sealer

KEY = bytes(range(MASTER_KEY_BYTES))


def test_what_was_sealed_opens_in_its_place() -> None:
    assert Sealer(KEY).open(Sealer(KEY).seal(b"secret", "row 1"), "row 1") == b"secret"


def test_two_seals_of_one_secret_differ() -> None:
    assert Sealer(KEY).seal(b"secret", "row 1") != Sealer(KEY).seal(b"secret", "row 1")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + bytes(40), b"\x01" + bytes(40)])
def test_foreign_bytes_do_not_open(sealed: bytes) -> None:
    with pytest.raises(SealBrokenError):
        Sealer(KEY).open(sealed, "row 1")


def test_a_sealed_secret_does_not_open_elsewhere() -> None:
    sealed = Sealer(KEY).seal(b"secret", "row 1")
    with pytest.raises(SealBrokenError):
        Sealer(KEY).open(sealed, "row 2")
    with pytest.raises(SealBrokenError):
        Sealer(bytes(MASTER_KEY_BYTES)).open(sealed, "row 1")


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 32"):
        Sealer(b"short")
