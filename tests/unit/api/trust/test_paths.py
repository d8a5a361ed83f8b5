from __future__ import annotations

import time

import pytest

from sealyard.api.trust.paths import LONGEST, Kind, TrustPath, parse

GUN = "localhost:5443/team/app"
TUF = f"/v2/{GUN}/_trust/tuf/"
SHA256 = "ab" * 32


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/_trust/changefeed", TrustPath(Kind.CHANGES)),
        (f"/v2/{GUN}/_trust/changefeed", TrustPath(Kind.CHANGES, GUN)),
        (TUF, TrustPath(Kind.COLLECTION, GUN)),
        (TUF + "timestamp.key", TrustPath(Kind.KEY, GUN, "timestamp")),
        (TUF + "root.json", TrustPath(Kind.METADATA, GUN, "root")),
        (TUF + "targets/a/b.json", TrustPath(Kind.METADATA, GUN, "targets/a/b")),
        (TUF + "12.root.json", TrustPath(Kind.METADATA, GUN, "root", version="12")),
        (TUF + "01.root.json", TrustPath(Kind.METADATA, GUN, "root", version="01")),
        (TUF + f"root.{SHA256}.json", TrustPath(Kind.METADATA, GUN, "root", checksum=SHA256)),
    ],
)
def test_each_form_is_taken_apart(path: str, expected: TrustPath) -> None:
    assert parse(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/v2//_trust/tuf/root.json",
        "/v2/a*/_trust/tuf/root.json",
        TUF + "root",
        TUF + "1.",
        TUF + f"1.root.{SHA256}.json",
        TUF + "root.key",
        TUF + "targets/a" + "b" * LONGEST + ".json",
    ],
)
def test_anything_else_is_nothing(path: str) -> None:
    assert parse(path) == TrustPath(Kind.NOTHING)


@pytest.mark.parametrize("unit", ["1", "0", "10", "1.", "targets/", "/_trust/", ".", "a/"])
def test_a_path_made_to_be_slow_is_refused_at_once(unit: str) -> None:
    began = time.perf_counter()
    for length in (LONGEST - len(TUF), 100_000):
        assert parse(TUF + (unit * length)[:length]) == TrustPath(Kind.NOTHING)
    assert time.perf_counter() - began < 0.1
