from __future__ import annotations

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from sealyard.trust.der import (
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    elements,
    encoded,
    integer,
    number,
    object_identifier,
    sequence,
    sequence_of,
    sole,
)

ARCS = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 1),
    st.integers(0, 39),
    st.lists(st.integers(0, 2**64), max_size=8),
)


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_what_is_written_is_read_again(contents: list[bytes]) -> None:
    der = sequence(*(encoded(OCTET_STRING, content) for content in contents))
    assert [content for _, content in elements(sole(der, SEQUENCE))] == contents


@given(st.integers(0, 2**2048))
def test_numbers_are_written_as_others_write_them(value: int) -> None:
    assert integer(value) == core.Integer(value).dump()
    assert number(sole(integer(value), INTEGER)) == value


@given(ARCS)
def test_object_identifiers_are_written_as_others_write_them(dotted: str) -> None:
    assert object_identifier(dotted) == core.ObjectIdentifier(dotted).dump()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found = list(elements(raw))
    except DerError:
        return
    assert b"".join(encoded(tag, content) for tag, content in found) == raw


@pytest.mark.parametrize(
    "der",
    [
        b"\x04",  # no length
        b"\x04\x02a",  # cut off
        b"\x04\x80a\0\0",  # without a length, as BER allows
        b"\x04\x81\x01a",  # a short length in the long form
        b"\x04\x82\x00\x80" + b"a" * 128,  # a length with a zero before it
        b"\x04\x85\x00\x00\x00\x00\x01a",  # a length of five bytes
        b"\x04\x84\x7f\xff\xff\xffa",  # two gigabytes that are not there
        b"\x1f\x81\x00\x01a",  # a tag of several bytes
    ],
)
def test_what_is_not_der_is_refused(der: bytes) -> None:
    with pytest.raises(DerError):
        list(elements(der))


def test_other_elements_than_the_format_has_are_refused() -> None:
    der = integer(1) + integer(2)
    assert sequence_of(der, INTEGER, INTEGER) == [b"\1", b"\2"]
    for tags in ((INTEGER,), (INTEGER, OCTET_STRING), (INTEGER, INTEGER, INTEGER)):
        with pytest.raises(DerError):
            sequence_of(der, *tags)


@pytest.mark.parametrize("content", [b"", b"\x80", b"\xff\x01"])
def test_a_number_that_is_missing_or_negative_is_refused(content: bytes) -> None:
    with pytest.raises(DerError):
        number(content)
