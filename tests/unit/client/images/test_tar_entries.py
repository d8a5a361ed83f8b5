from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealyard.client.images import limits
from sealyard.client.images.errors import MalformedImageError
from sealyard.client.images.tar_entries import Kind, TarEntry, read_entries

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def entries_of(raw: bytes) -> dict[str, TarEntry]:
    return read_entries("a.tar", lambda offset, length: raw[offset : offset + length], len(raw))


def archive(*entries: tarfile.TarInfo, form: int = tarfile.GNU_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as opened:
        for entry in entries:
            opened.addfile(entry, io.BytesIO(b"x" * entry.size))
    return made.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0, to: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, to
    return made


@pytest.mark.parametrize("form", FORMATS)
def test_files_are_found_where_they_lie(form: int) -> None:
    raw = archive(
        entry("a", size=3), entry("d", tarfile.DIRTYPE), entry("d/b", size=600), form=form
    )
    found = entries_of(raw)
    assert {name: one.kind for name, one in found.items()} == {
        "a": Kind.FILE,
        "d": Kind.FOLDER,
        "d/b": Kind.FILE,
    }
    assert raw[found["d/b"].offset :][:600] == b"x" * 600


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_long_targets_are_read(form: int) -> None:
    long = "/".join(["folder"] * 40)
    found = entries_of(
        archive(entry(long, size=1), entry("l", tarfile.SYMTYPE, to=long), form=form)
    )
    assert found[long].size == 1
    assert found["l"].target == long


def test_a_leading_dot_is_the_archive_itself() -> None:
    raw = archive(entry("./", tarfile.DIRTYPE), entry("./a", size=1))
    assert list(entries_of(raw)) == ["a"]


def test_sizes_beyond_eight_gibibytes_are_read_and_found_missing() -> None:
    header = entry("big", size=9 * 1024**3).tobuf(tarfile.GNU_FORMAT)
    with pytest.raises(MalformedImageError, match="cut off"):
        entries_of(header + bytes(1024))


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../../up", "a/..", "..", "/", "a\nb/../c"]
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(MalformedImageError, match="leads out"):
        entries_of(archive(entry(name, size=1)))


@pytest.mark.parametrize(
    "kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S", b"V", b"M", b"?"]
)
def test_what_is_no_file_folder_or_link_is_refused(kind: bytes) -> None:
    with pytest.raises(MalformedImageError, match="no file, folder or link"):
        entries_of(entry("x", kind).tobuf(tarfile.GNU_FORMAT) + bytes(1024))


@pytest.mark.parametrize(
    "second", [entry("a", size=2), entry("./a", size=1), entry("a", tarfile.SYMTYPE, to="b")]
)
def test_a_name_that_comes_twice_is_refused(second: tarfile.TarInfo) -> None:
    with pytest.raises(MalformedImageError, match="comes twice"):
        entries_of(archive(entry("a", size=1), second))


def test_a_folder_may_be_named_again() -> None:
    assert len(entries_of(archive(entry("d", tarfile.DIRTYPE), entry("d", tarfile.DIRTYPE)))) == 1


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sealyard.client.images.tar_entries.ARCHIVE_ENTRIES", 5)
    with pytest.raises(MalformedImageError, match="more than 5 entries"):
        entries_of(archive(*(entry(f"f{number}") for number in range(11))))


def test_too_long_a_name_is_refused() -> None:
    with pytest.raises(MalformedImageError, match="longer than"):
        entries_of(archive(entry("n" * (limits.ARCHIVE_NAME_BYTES + 1))))


def test_an_extended_header_has_a_bound() -> None:
    header = entry("././@LongLink", tarfile.GNUTYPE_LONGNAME, limits.ARCHIVE_HEADER_BYTES + 1)
    raw = header.tobuf(tarfile.GNU_FORMAT) + bytes(limits.ARCHIVE_HEADER_BYTES + 2048)
    with pytest.raises(MalformedImageError, match="extended header"):
        entries_of(raw)


@pytest.mark.parametrize(
    "record",
    [
        b"99 path=a\n",
        b"0 path=a\n",
        b"-1 path=a\n",
        b"9 path=ab",
        b"8 pathab\n",
        b"x",
        b"11 size=1e3\n",
    ],
)
def test_a_damaged_extended_header_is_refused(record: bytes) -> None:
    header = entry("x", tarfile.XHDTYPE, len(record)).tobuf(tarfile.USTAR_FORMAT)
    raw = header + record.ljust(512, b"\0") + archive(entry("a"))
    with pytest.raises(MalformedImageError):
        entries_of(raw)


def test_a_sparse_file_is_refused() -> None:
    record = b"22 GNU.sparse.major=1\n"
    header = entry("x", tarfile.XHDTYPE, len(record)).tobuf(tarfile.USTAR_FORMAT)
    with pytest.raises(MalformedImageError, match="sparse"):
        entries_of(header + record.ljust(512, b"\0") + archive(entry("a")))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:0],
        lambda raw: raw[:100],
        lambda raw: b"PK" + raw[2:],
        lambda raw: raw[:600],
        lambda raw: raw[:124] + b"99999999999\0" + raw[136:],
        lambda raw: bytes(len(raw)),
    ],
)
def test_what_is_no_archive_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(MalformedImageError):
        entries_of(spoil(archive(entry("a", size=300))))


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found = entries_of(raw)
    except MalformedImageError:
        return
    assert all(one.offset + one.size <= len(raw) for one in found.values())


@given(st.data())
def test_an_archive_with_any_change_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(archive(entry("a/b", size=10), entry("l", tarfile.SYMTYPE, to="a/b")))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, 2047))] = data.draw(st.integers(0, 255))
    header = bytes(raw[:148]) + b"        " + bytes(raw[156:512])
    raw[148:156] = b"%06o\0 " % sum(header)  # so that the change is not seen by the sum alone
    try:
        found = entries_of(bytes(raw))
    except MalformedImageError:
        return
    for name, one in found.items():
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert 0 <= one.offset <= one.offset + one.size <= len(raw)
