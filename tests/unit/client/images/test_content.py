from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from sealyard.client.images.content import judged, verified, verified_whole
from sealyard.oci.descriptor import Descriptor
from sealyard.oci.digest import Digest
from sealyard.oci.errors import DigestMismatchError, SizeMismatchError

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTENT = b"what a digest names"
NAMED = Descriptor("application/octet-stream", Digest.of(CONTENT), len(CONTENT))


def test_no_byte_too_many_is_passed_on_even_of_what_never_ends() -> None:
    seen: list[bytes] = []
    with pytest.raises(SizeMismatchError):
        seen.extend(verified(repeat(b"four"), NAMED))
    assert sum(map(len, seen)) <= NAMED.size


@pytest.mark.parametrize("pieces", [[], [CONTENT[:-1]], [CONTENT, b"!"]])
def test_another_size_is_refused(pieces: Iterable[bytes]) -> None:
    with pytest.raises(SizeMismatchError):
        list(verified(pieces, NAMED))


def test_another_content_of_that_size_is_refused() -> None:
    with pytest.raises(DigestMismatchError):
        verified_whole(CONTENT.upper(), NAMED)
    assert verified_whole(CONTENT, NAMED) == CONTENT


def test_sha512_is_judged_too() -> None:
    named = Descriptor("application/octet-stream", Digest.of(CONTENT, "sha512"), len(CONTENT))
    assert b"".join(verified([CONTENT[:3], CONTENT[3:]], named)) == CONTENT


def test_from_an_offset_on_the_end_is_judged() -> None:
    assert b"".join(judged([CONTENT[5:]], NAMED, 5)) == CONTENT[5:]
    for wrong in (CONTENT[6:], CONTENT[4:]):
        with pytest.raises(SizeMismatchError):
            list(judged([wrong], NAMED, 5))
