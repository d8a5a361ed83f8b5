from __future__ import annotations

import pytest

from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError, SizeMismatchError
from sealyard.oci.verified import verified, verified_before_end

CONTENT = Descriptor("application/octet-stream", Digest.of(b"content"), 7)
EMPTY = Descriptor("application/octet-stream", Digest.of(b""), 0)


def test_content_that_is_right_passes() -> None:
    for passing in (verified, verified_before_end):
        assert b"".join(passing([b"con", b"tent"], CONTENT)) == b"content"
        assert b"".join(passing([], EMPTY)) == b""


def test_bytes_too_many_are_never_passed_on() -> None:
    pieces = verified([b"content", b"!"], CONTENT)
    assert next(pieces) == b"content"
    with pytest.raises(SizeMismatchError, match="more than the 7 bytes"):
        next(pieces)


def test_bytes_that_are_missing_are_noticed() -> None:
    with pytest.raises(SizeMismatchError, match="fewer than the 7 bytes"):
        list(verified([b"con"], CONTENT))


def test_other_bytes_are_noticed_at_the_end() -> None:
    pieces = verified([b"con", b"TENT"], CONTENT)
    assert [next(pieces), next(pieces)] == [b"con", b"TENT"]
    with pytest.raises(DigestMismatchError):
        next(pieces)


def test_the_last_piece_may_wait_for_the_verdict() -> None:
    pieces = verified_before_end([b"con", b"TENT"], CONTENT)
    assert next(pieces) == b"con"
    with pytest.raises(DigestMismatchError):
        next(pieces)
