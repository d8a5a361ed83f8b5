from __future__ import annotations

import pytest

from sealyard.oci.digest import Digest, algorithm, verified
from sealyard.oci.errors import DigestMismatchError, InvalidDigestError

EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EMPTY_512 = (
    "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
)


@pytest.mark.parametrize("text", [EMPTY, EMPTY_512])
def test_text_form_survives_a_round_trip(text: str) -> None:
    assert str(Digest.parse(text)) == text
    assert Digest.of(b"", Digest.parse(text).algorithm) == Digest.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        EMPTY.upper(),
        EMPTY + "0",
        EMPTY[:-1],
        "sha512:" + "0" * 64,
        "md5:" + "0" * 32,
        EMPTY + "\n",
        "sha256:baddigeststring",
        "sha256:" + "0" * 63 + "٣",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidDigestError):
        Digest.parse(text)


def test_only_the_algorithms_of_the_specification_are_known() -> None:
    assert algorithm("sha512") == "sha512"
    with pytest.raises(InvalidDigestError):
        algorithm("md5")


def test_altered_content_is_noticed_at_the_end() -> None:
    chunks = verified([b"al", b"tered"], expected=Digest.of(b"original"))
    assert next(chunks) == b"al"
    with pytest.raises(DigestMismatchError) as caught:
        list(chunks)
    assert caught.value.expected == Digest.of(b"original")
    assert caught.value.actual == Digest.of(b"altered")


def test_content_that_fits_passes_through() -> None:
    assert list(verified([b"orig", b"inal"], Digest.of(b"original"))) == [b"orig", b"inal"]
